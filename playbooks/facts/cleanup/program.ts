import { scriptText } from '../answer.ts'

const parts = [
  'handles',
  'in-use',
  'walk',
  'found',
  'tree',
  'find',
  'until',
  'quarantine',
  'compress',
  'back',
  'unjudged',
  'at-once',
  'take',
  'kernels',
  'archive',
  'answer',
]

/** The program that cleans up on a host: Python 3.6 or later, without anything outside its standard library. */
export async function cleanupProgram(): Promise<string> {
  const texts = await Promise.all(parts.map((part) => scriptText(`cleanup/${part}.py`)))
  return texts.join('\n\n')
}

/** The POSIX sh that finds an interpreter and has the program `$1` answer the question `$2`. */
export async function cleanupScript(): Promise<string> {
  return `${await scriptText('cleanup/run.sh')}\ncleanup_program "$1" "$2"\n`
}
