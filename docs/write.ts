import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withExitCodes } from './exit-code-table.ts'
import { faultTestsOf } from './fault-tests.ts'
import { faultsPage } from './faults.ts'
import { problemsOf } from './problem-codes.ts'
import { problemsPage } from './problems.ts'

// `npm run docs`: writes what the pages take from the sources.

const root = join(import.meta.dirname, '..')
const readme = join(root, 'README.md')
writeFileSync(join(root, 'docs/problems.md'), problemsPage(problemsOf(root)))
writeFileSync(join(root, 'docs/faults.md'), faultsPage(faultTestsOf(root).tests))
writeFileSync(readme, withExitCodes(readFileSync(readme, 'utf8')))
