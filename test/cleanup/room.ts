import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { after } from 'node:test'

/**
 * A room of processes and mounts of their own, as a host is one: what runs in it sees only its own processes, and may mount
 * what the machine around it never sees. Needs root.
 */
const argv = ['--pid', '--mount', '--fork', '--kill-child', '--mount-proc', 'sleep', '3600']
const room = spawn('unshare', argv, { stdio: ['ignore', 'ignore', 'inherit'] })
after(() => room.kill('SIGKILL'))

/** The words before a command that runs it in the room. */
export const inRoom: readonly string[] = ['nsenter', '-t', await firstChild(room.pid ?? 0), '-p', '-m']

async function firstChild(pid: number): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    if (child && readFileSync(`/proc/${child}/comm`, 'utf8') === 'sleep\n') return child
    await sleep(20)
  }
  throw new Error('the room did not open: this test needs root')
}
