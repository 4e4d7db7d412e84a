import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { verifyTexts } from '../connect/sign.ts'
import type { ResolvedEstate } from '../core/estate/resolved.ts'
import { compareHeads, type HeadComparison, type HeadFinding } from '../core/journal/compare-heads.ts'
import { headNamespace, headText } from '../core/journal/head.ts'
import { type KeptHead, readHeads } from '../core/journal/read-heads.ts'
import { fail, ok, type Result } from '../schemas/problem.ts'
import type { Shell } from './command.ts'

/** A file of heads, its signatures judged: `comparison` holds the good ones against the journal. */
export type KeptHeads = {
  readonly file: string
  /** How many lines are heads with a good signature. */
  readonly good: number
  readonly findings: readonly HeadFinding[]
  readonly comparison: HeadComparison
}

/**
 * Reads the heads that were kept elsewhere, `-` from standard input, and judges each signature at the time of its head.
 * Problems: `input/heads`, `sign/no-answer`.
 */
export async function keptHeads(
  shell: Shell,
  estate: ResolvedEstate,
  file: string,
): Promise<Result<KeptHeads>> {
  const { heads } = estate
  if (heads === undefined) {
    return fail({
      code: 'input/heads',
      what: 'The estate does not say who may sign heads, so none can be believed.',
      where: shell.estatePath,
      fix: 'Name them: "journal: {heads: {allowedSigners: ...}}".',
    })
  }
  const text = await textOf(shell, file)
  if (!text.ok) return text
  const read = readHeads(text.value)
  const judged = await verifyTexts(
    read.heads.map(({ head, signature }) => ({ text: headText(head), signature, time: head.time })),
    { allowedSigners: heads.allowedSigners, signer: heads.signer, namespace: headNamespace },
  )
  if (!judged.ok) return judged
  const good: KeptHead[] = []
  const findings = [...read.findings]
  for (const [index, kept] of read.heads.entries()) {
    const judgement = judged.value[index]
    if (judgement?.good === true) good.push(kept)
    else findings.push(badSignature(kept, heads.signer, judgement?.why ?? ''))
  }
  return ok({
    file,
    good: good.length,
    findings,
    comparison: compareHeads(`upkeep/${estate.name}`, good),
  })
}

async function textOf(shell: Shell, file: string): Promise<Result<string>> {
  try {
    return ok(await (file === '-' ? shell.input() : readFile(resolve(shell.cwd, file), 'utf8')))
  } catch (cause) {
    return fail({
      code: 'input/heads',
      what: 'The file of heads can not be read.',
      where: file,
      found: cause instanceof Error ? cause.message : String(cause),
      fix: 'Fetch it from where heads are kept, and name it: --heads FILE, or - for standard input.',
    })
  }
}

function badSignature({ line, head }: KeptHead, signer: string, why: string): HeadFinding {
  const what = `its signature is not one of ${signer} for a head at ${head.time}: ${why}`
  return { kind: 'signature', line, sequence: head.sequence, what }
}
