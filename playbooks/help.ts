import { exitCodes } from '../core/exit.ts'
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { wrap } from './show/wrap.ts'

const everywhere = [
  ['--estate FILE', 'the estate file (default: estate.yaml, or UPKEEP_ESTATE)'],
  ['--json', 'one JSON document, or JSON Lines for long work'],
  ['--no-color', 'no colour (NO_COLOR does the same)'],
  ['--help', 'this text'],
] as const

/** What `upkeep` says without arguments; with the first word of some verbs, only those are listed. */
export function shortHelp(group = ''): string {
  const listed = commands.filter(({ name }) => group === '' || name.startsWith(`${group} `))
  return [
    'upkeep: maintenance as code for business systems',
    '',
    'Try it on real throw-away hosts:',
    '  upkeep lab up',
    '  upkeep patch plan --estate /var/lib/upkeep-lab/estate.yaml --system erp',
    '',
    ...table(listed.map((command) => [command.name, command.says])),
    '',
    '`upkeep VERB --help` shows options and an example,',
    '`upkeep help exit-codes` what the exit codes mean.',
  ].join('\n')
}

/** What `upkeep VERB --help` says. */
export function commandHelp(command: Command): string {
  const own = Object.entries(command.options).map(([name, option]) => [
    `--${name}${option.value === undefined ? '' : ` ${option.value}`}`,
    option.says,
  ])
  return [
    `upkeep ${command.name}${command.operands === undefined ? '' : ` ${command.operands}`} [options]`,
    ...wrap(command.says, 80),
    '',
    ...table([...own, ...everywhere]),
    '',
    'Example:',
    `  ${command.example}`,
  ].join('\n')
}

/** The table of exit codes. */
export function exitCodeHelp(): string {
  const rows = Object.values(exitCodes).map(({ code, means }) => [String(code), means] as const)
  return ['Exit codes of upkeep; any other code is a failure too.', '', ...table(rows)].join('\n')
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const width = Math.max(...rows.map(([name = '']) => name.length)) + 2
  return rows.flatMap(([name = '', says = '']) =>
    wrap(says, 78 - width).map((line, index) => `  ${(index === 0 ? name : '').padEnd(width)}${line}`),
  )
}
