import { hostname, userInfo } from 'node:os'
import type { Shell } from '../../playbooks/command.ts'

/** A shell for a session without a command line; nobody is asked or told anything. */
export function onlyShell(estatePath: string): Shell {
  return {
    options: {},
    operands: [],
    estatePath,
    json: true,
    out: () => {},
    outParts: async () => {},
    note: (line) => console.error(line),
    input: async () => '',
    ask: async () => null,
    terminal: { live: false, columns: 80, colour: false, raw: () => {} },
    env: process.env,
    cwd: process.cwd(),
    user: userInfo().username,
    machine: hostname(),
    pid: process.pid,
    now: Date.now,
    argv: [],
    program: [],
    killSelf: () => process.kill(process.pid, 'SIGKILL'),
    suspendSelf: () => process.kill(process.pid, 'SIGSTOP'),
    exit: () => process.exit(1),
    onInterrupt: () => () => {},
  }
}
