import type { StackChange, StackEnd, StackVerb } from '../../stacks/engine.ts'

const signs: Readonly<Record<string, string>> = {
  create: '+',
  delete: '-',
  update: '~',
  replace: '!',
  'create-replacement': '!',
  'delete-replaced': '!',
  refresh: '~',
}

/** One line of what is done, or would be, to a resource. */
export function changeLine(verb: StackVerb, { operation, type, name, properties }: StackChange): string {
  const what = properties.length === 0 ? '' : ` (${properties.join(', ')})`
  // A reading that finds something else changes what is known, and nothing in the cloud.
  const word = verb === 'refresh' ? (operation === 'delete' ? 'is gone' : 'differs') : operation
  return `  ${signs[operation] ?? '?'} ${word.padEnd(8)} ${type}  ${name}${what}`
}

/** What it came to, and what to do next. */
export function endLines(verb: StackVerb, stack: string, { changes, counts }: StackEnd): readonly string[] {
  const same = counts['same'] ?? 0
  if (changes.length === 0) return [`${stack}: nothing to change; ${same} resources are as the estate says.`]
  const of = (word: string) => `${changes.length} ${word}, ${same} as they were`
  switch (verb) {
    case 'preview':
      return [`${stack}: ${of('to change')}.`, `Do it: upkeep stack up --stack ${stack}`]
    case 'up':
      return [`${stack}: ${of('changed')}.`]
    case 'refresh':
      return [
        `${stack}: ${of('were changed by others')}.`,
        `See what brings them back: upkeep stack preview --stack ${stack}`,
      ]
    case 'destroy':
      return [`${stack}: ${of('removed')}.`]
  }
}
