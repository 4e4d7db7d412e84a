import type { LocalResult } from '../connect/local.ts'
import { isFleetHost, labHost } from './hosts.ts'
import { labPaths } from './layout.ts'
import { execMachine } from './machine.ts'

/** Runs a POSIX sh script as root on a host from outside, without SSH; a failing script is a result, not an exception. */
export async function labExec(
  name: string,
  script: string,
  options: { readonly timeoutMs?: number; readonly dir?: string } = {},
): Promise<LocalResult> {
  const machine = isFleetHost(name) ? name : labHost(name).name
  return execMachine(labPaths(options.dir), machine, script, options.timeoutMs)
}
