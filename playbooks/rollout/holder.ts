import { readFileSync, readlinkSync } from 'node:fs'
import type { Holder } from '../../core/lease/record.ts'
import type { Shell } from '../command.ts'

/** This controller as its lease names it; what this machine does not tell of itself is empty. */
export function thisHolder(shell: Pick<Shell, 'machine' | 'pid' | 'user'>): Holder {
  return {
    host: shell.machine,
    pid: shell.pid,
    bootId: told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    user: shell.user,
    machineId: told(() => readFileSync('/etc/machine-id', 'utf8')),
    pidNamespace: told(() => readlinkSync('/proc/self/ns/pid')),
    startTime: startTimeOf(shell.pid) ?? '',
  }
}

/** When a process began, in ticks since the boot; null when it is gone, undefined when this machine does not tell. */
export function startTimeOf(pid: number): string | null | undefined {
  const stat = told(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name of the program stands in brackets, and may have spaces and brackets in it: the 22nd field is the 20th after.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (stat !== '') return /^\d+$/.test(fields[19] ?? '') ? fields[19] : undefined
  return told(() => readFileSync('/proc/self/stat', 'utf8')) === '' ? undefined : null
}

function told(read: () => string): string {
  try {
    return read().trim()
  } catch {
    return ''
  }
}
