import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as pulumi from '@pulumi/pulumi'
import { readEstate } from '../core/estate/read.ts'
import { renderProblems } from '../core/problem.ts'
import type { Problem, Result } from '../schemas/problem.ts'
import { programOf } from './program.ts'

// The entry of `pulumi up`: reads and checks the estate whole, and only then makes a resource.
const root = resolve(import.meta.dirname, '..')
const path = new pulumi.Config().require('estate')
const text = await readFile(resolve(root, path), 'utf8').catch(() => {
  throw new pulumi.RunError(
    `There is no estate file at ${path} that can be read: pulumi config set estate FILE`,
  )
})
const { estate } = valueOf(readEstate(path, text))
const program = valueOf(programOf(pulumi.getStack(), estate))

/** What the stack made, by tier. */
export const made = await program()

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new pulumi.RunError(said(result.problems))
}

function said(problems: readonly Problem[]): string {
  return renderProblems(problems, { colour: false })
}
