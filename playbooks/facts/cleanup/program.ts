import { readFile } from 'node:fs/promises'

const parts = ['handles', 'in-use', 'walk', 'quarantine', 'take', 'answer']

/** The program that cleans up on a host: Python 3.6 or later, without anything outside its standard library. */
export async function cleanupProgram(): Promise<string> {
  const texts = await Promise.all(parts.map((part) => text(`${part}.py`)))
  return texts.join('\n\n')
}

/** The POSIX sh that finds an interpreter and runs the program `$1` with the question `$2`. */
export async function cleanupScript(): Promise<string> {
  return text('run.sh')
}

async function text(file: string): Promise<string> {
  return readFile(new URL(file, import.meta.url), 'utf8')
}
