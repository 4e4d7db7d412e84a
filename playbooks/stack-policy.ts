import type { ExitName } from '../core/exit.ts'
import { type Shell, textOption } from './command.ts'
import { openEstate } from './estate-file.ts'
import { runAsScript } from './main.ts'
import { refuse } from './told.ts'

/** Prints what IAM has to allow to the identity that brings a stack up. Problems: `usage/stack`, `usage/part`. */
export async function run(shell: Shell): Promise<ExitName> {
  const stack = textOption(shell, 'stack')
  const { programNamed, programOf, programs } = await import('../stacks/program.ts')
  if (stack === undefined)
    return refuse(shell, [
      { code: 'usage/stack', what: 'Name a stack with --stack NAME.', expected: programs.join(', ') },
    ])
  const estate = await openEstate(shell)
  if (!estate.ok) return refuse(shell, estate.problems)
  const known = programOf(stack, estate.value)
  if (!known.ok) return refuse(shell, known.problems)
  const program = programNamed(stack) ?? programs[0]
  const { deployDocuments } = await import('../stacks/deploy-policy/policy.ts')
  const filled = shell.options['filled'] === true
  const documents = deployDocuments({ program, estate: estate.value, filled })
  if (shell.json) {
    const said = { messageType: 'stack-policy', schemaVersion: 1, stack, filled }
    shell.out(JSON.stringify({ ...said, documents: documents.map((text) => JSON.parse(text) as unknown) }))
    return 'ok'
  }
  const part = textOption(shell, 'part')
  const only = documents.length === 1 && part === undefined ? documents[0] : documents[Number(part) - 1]
  if (only === undefined)
    return refuse(shell, [
      {
        code: 'usage/part',
        what: `IAM takes 6,144 characters in one policy: this one is ${documents.length} of them, and the identity needs each.`,
        ...(part === undefined ? {} : { found: part }),
        expected: documents.map((_, at) => `--part ${at + 1}`).join(', '),
      },
    ])
  shell.out(JSON.stringify(JSON.parse(only), null, 2))
  return 'ok'
}

void runAsScript(import.meta.url, 'stack policy')
