import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second in which the kernel counts processor time (USER_HZ, 100 on Linux). */
const ticksPerSecond = 100

/** A process and all that descend from it now, itself first; what ends while it is looked at is left out. */
export function treeOf(pid: number): readonly number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    words(readOr(`/proc/${pid}/task/${thread}/children`, '')).map(Number),
  )
  return [pid, ...children.flatMap(treeOf)]
}

/** Memory of a process (bytes): the most it ever held, and what is its own now, without what it shares with files. */
export function memoryOf(pid: number): { readonly most: number; readonly own: number } {
  const status = readOr(`/proc/${pid}/status`, '')
  const kilobytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  return { most: kilobytes('VmHWM') * 1024, own: kilobytes('RssAnon') * 1024 }
}

/** Processor seconds, user and system, in a text of /proc/PID/stat: of the process, and of its children that ended. */
export function processorOf(stat: string): { readonly own: number; readonly children: number } {
  // The name in parentheses may hold anything, so what follows the last one is read.
  const fields = words(stat.slice(stat.lastIndexOf(')') + 1)).map(Number)
  const seconds = (from: number) => ((fields[from] ?? NaN) + (fields[from + 1] ?? NaN)) / ticksPerSecond
  return { own: seconds(11), children: seconds(13) }
}

/** Ends a process and all that descend from it, at once; what starts meanwhile is found at the second look. */
export function killTree(pid: number): void {
  for (let look = 0; look < 2; look += 1) {
    for (const one of treeOf(pid)) {
      try {
        process.kill(one, look === 0 && one === pid ? 'SIGSTOP' : 'SIGKILL')
      } catch {
        // it has ended by itself
      }
    }
  }
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
