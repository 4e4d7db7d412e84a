import { readFileSync } from 'node:fs'
import { local } from '../connect/local.ts'
import { must, until } from './must.ts'

/** Starts a program in a session of its own, its output at the end of a file; answers its process id. */
export async function startInBackground(program: readonly string[], log: string): Promise<number> {
  const background = 'log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 & echo $!'
  return Number(await must(['sh', '-c', background, 'sh', log, ...program], { cwd: '/' }))
}

/** Whether a process lives and has this word in its command line: another one may have its number by now. */
export function isAtWork(pid: number, word: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word)
  } catch {
    return false
  }
}

/** Ends such a process, and kills it when it has not ended after `patienceMs`. */
export async function endInBackground(pid: number, word: string, patienceMs: number): Promise<void> {
  if (!isAtWork(pid, word)) return
  await local(['kill', String(pid)])
  if (!(await until(async () => !isAtWork(pid, word), patienceMs, 50)))
    await local(['kill', '-9', String(pid)])
}
