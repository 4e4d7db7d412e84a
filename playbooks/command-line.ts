import { parseArgs } from 'node:util'
import { visibleJson } from '../connect/text.ts'
import { type ExitName, exitCodes } from '../core/exit.ts'
import type { Command, NagiosEnd, Shell } from './command.ts'
import { commands } from './commands.ts'
import { commandHelp, exitCodeHelp, shortHelp } from './help.ts'

/** What the process gives to every verb. */
export type Outside = Omit<Shell, 'options' | 'operands' | 'json' | 'estatePath'>

const everywhere = {
  estate: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  'no-color': { type: 'boolean' },
} as const

/** Finds the verb, parses its words strictly, runs it, and gives the exit code. */
export async function commandLine(outside: Outside, argv: readonly string[]): Promise<number> {
  const words = argv.filter((word) => word !== '--no-color')
  const [first] = words
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    return help(outside, words.slice(1))
  }
  if (first === '--version') {
    const { version } = await import('./version.ts')
    outside.out(version)
    return exitCodes.ok.code
  }
  const command = find(words)
  if (command === undefined && words.some(isHelp)) return help(outside, words)
  if (command === undefined) return misused(outside, await unknownVerb(words))
  const rest = words.slice(command.name.split(' ').length)
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(command, rest)
  } catch (cause) {
    return misused(outside, `${await misreadOption(command, cause)} Try \`upkeep ${command.name} --help\`.`)
  }
  if (parsed.values['help'] === true) {
    outside.out(commandHelp(command))
    return exitCodes.ok.code
  }
  const estate = parsed.values['estate']
  const shell: Shell = {
    ...outside,
    // The one place that all JSON passes: a host's words keep their value there, and do nothing to a terminal.
    ...(parsed.values['json'] === true ? visibleIn(outside) : {}),
    terminal: { ...outside.terminal, colour: outside.terminal.colour && words.length === argv.length },
    options: parsed.values,
    operands: parsed.positionals,
    estatePath: typeof estate === 'string' ? estate : (outside.env['UPKEEP_ESTATE'] ?? 'estate.yaml'),
    json: parsed.values['json'] === true,
    argv: words,
  }
  const end = await runSafely(command, shell)
  return typeof end === 'string' ? exitCodes[end].code : end.nagios
}

function visibleIn(outside: Outside): Pick<Shell, 'out' | 'outParts'> {
  function* visible(parts: Iterable<string>): Generator<string> {
    for (const part of parts) yield visibleJson(part)
  }
  return {
    out: (line) => outside.out(visibleJson(line)),
    outParts: (parts) => outside.outParts(visible(parts)),
  }
}

async function runSafely(command: Command, shell: Shell): Promise<ExitName | NagiosEnd> {
  try {
    const { run } = await command.load()
    return await run({ ...shell, argv: command.name.split(' ') })
  } catch (cause) {
    const { told } = await import('./told.ts')
    return told(shell, cause)
  }
}

function parse(command: Command, rest: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { says: _says, value: _value, ...option }]) => [
      name,
      option,
    ]),
  )
  return parseArgs({
    args: [...rest],
    options: { ...options, ...everywhere },
    strict: true,
    allowPositionals: command.operands !== undefined,
  })
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h'
}

/** Help for the verb that is named, or for all of them; what is no verb is said as such. */
async function help(outside: Outside, words: readonly string[]): Promise<number> {
  const named = words.filter((word) => !isHelp(word))
  const command = find(named)
  const isGroup = commands.some(({ name }) => name.startsWith(`${named.join(' ')} `))
  if (named[0] === 'exit-codes') outside.out(exitCodeHelp())
  else if (command !== undefined) outside.out(commandHelp(command))
  else if (named.length === 0 || isGroup) outside.out(shortHelp(named[0]))
  else return misused(outside, await unknownVerb(named))
  return exitCodes.ok.code
}

/** What is wrong with an option: parseArgs' own first sentence, and what was probably meant or what there is. */
async function misreadOption(command: Command, cause: unknown): Promise<string> {
  const message = cause instanceof Error ? (cause.message.split(/\. |\n/)[0] ?? '') : String(cause)
  const unknown = /^Unknown option '-*(.+)'/.exec(message)?.[1]
  if (unknown === undefined) return `${message}.`
  const { didYouMean } = await import('../schemas/nearest.ts')
  const names = [...Object.keys(command.options), ...Object.keys(everywhere)].map((name) => `--${name}`)
  return `${message}. ${didYouMean(`--${unknown}`, names) ?? `Allowed: ${names.join(', ')}.`}`
}

function find(words: readonly string[]): Command | undefined {
  return commands.find((command) => {
    const name = command.name.split(' ')
    return name.every((word, index) => words[index] === word)
  })
}

async function unknownVerb(words: readonly string[]): Promise<string> {
  const { nearest } = await import('../schemas/nearest.ts')
  const said = words.slice(0, 2).filter((word) => !word.startsWith('-'))
  if (words[0]?.startsWith('-') === true) return 'A verb comes first, then its options. See `upkeep --help`.'
  const group = commands
    .filter((command) => command.name.startsWith(`${said[0]} `))
    .map((command) => command.name)
  if (group.length > 0) return `"${said.join(' ')}" is not a verb. Allowed: ${group.join(', ')}.`
  const names = commands.flatMap((command) => [command.name, command.name.split(' ')[0] ?? ''])
  const close = nearest(said.join(' '), names) ?? nearest(said[0] ?? '', names)
  return `"${said.join(' ')}" is not a verb.${close === undefined ? '' : ` Did you mean "${close}"?`} See \`upkeep --help\`.`
}

function misused(outside: Outside, message: string): number {
  outside.note(message)
  return exitCodes.usage.code
}
