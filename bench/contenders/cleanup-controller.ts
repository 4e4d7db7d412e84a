import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { readAnswer } from '../../playbooks/facts/cleanup/ask.ts'

// Reads the answer of a plan as the controller does: argv is the command that asks for it.
const [program = '', ...words] = process.argv.slice(2)
const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
const answer = await readAnswer('bench', await text(child.stdout))
if (!answer.ok) throw new Error(JSON.stringify(answer.problems))
process.stdout.write(`${answer.value.rules[0]?.files ?? 0} files\n`)
