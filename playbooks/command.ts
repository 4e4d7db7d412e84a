import type { ParseArgsOptionDescriptor } from 'node:util'
import type { ExitName } from '../core/exit.ts'

/** One option of a verb. */
export type Option = ParseArgsOptionDescriptor & { readonly says: string; readonly value?: string }

/** The option by which most verbs take a business system. */
export const systemOption = {
  type: 'string',
  value: 'NAME',
  says: 'the business system, as the estate names it',
} as const satisfies Option

/** A verb of the command line, as data; its code is loaded when it is run. */
export type Command = {
  readonly name: string
  readonly says: string
  readonly example: string
  readonly operands?: string
  readonly options: Readonly<Record<string, Option>>
  /** Only the lab and `init` work without an estate file. */
  readonly estate: boolean
  /** Script file under playbooks/ that has the verb's `run`. */
  readonly load: () => Promise<{ readonly run: Run }>
}

/** An end for programs that know the exit codes of Nagios plugins only: 0 ok, 1 warning, 2 critical, 3 unknown. */
export type NagiosEnd = { readonly nagios: 0 | 1 | 2 | 3 }

/** Does what a verb says and names the exit code. */
export type Run = (shell: Shell) => Promise<ExitName | NagiosEnd>

/** What a verb sees of the outside: its own words, and the only ways to speak. */
export type Shell = {
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  readonly operands: readonly string[]
  readonly estatePath: string
  readonly json: boolean
  readonly out: (line: string) => void
  /** The same for one line that is long, in parts, each made when the one before it has gone out. */
  readonly outParts: (parts: Iterable<string>) => Promise<void>
  readonly note: (line: string) => void
  /** All of standard input, as text. */
  readonly input: () => Promise<string>
  /** Asks the person at the terminal, and gives their line; null where nobody sits at one. */
  readonly ask: (question: string) => Promise<string | null>
  readonly terminal: {
    readonly live: boolean
    readonly columns: number
    readonly colour: boolean
    readonly raw: (text: string) => void
  }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly user: string
  readonly machine: string
  readonly pid: number
  readonly now: () => number
  readonly argv: readonly string[]
  /** Program and first words that run `upkeep` from anywhere; paths are absolute. */
  readonly program: readonly string[]
  /** Ends this process as by kill -9 (tests of resuming). */
  readonly killSelf: () => void
  /** Suspends this process as by kill -STOP, until somebody wakes it (tests of two controllers). */
  readonly suspendSelf: () => void
  /** Leaves at once with this exit code; what runs on hosts goes on. */
  readonly exit: (name: ExitName) => void
  /** Calls back at each Ctrl-C or SIGTERM, with how many there were, until the function that it gives is called. */
  readonly onInterrupt: (listener: (count: number) => void) => () => void
}

/** Text of an option that was given with a value. */
export function textOption(shell: Shell, name: string): string | undefined {
  const value = shell.options[name]
  return typeof value === 'string' ? value : undefined
}
