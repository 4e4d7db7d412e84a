import { readFileSync } from 'node:fs'

const read = new Map<string, string>()

/** The text of a shell script that lies beside the steps, or in another folder of the playbooks. */
export function scriptText(name: string): string {
  const known = read.get(name)
  if (known !== undefined) return known
  const text = readFileSync(new URL(name, import.meta.url), 'utf8')
  read.set(name, text)
  return text
}
