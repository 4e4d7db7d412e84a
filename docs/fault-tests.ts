import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { type FaultGroup, faultGroups, faults } from './fault-list.ts'

/** What a test says that it shows: a fault, with its number if it is one of the list, and the safe outcome. */
export type FaultTest = {
  readonly number: number | null
  readonly group: FaultGroup
  readonly fault: string
  readonly outcome: string
  readonly file: string
  readonly title: string
}

/** What the tests say, and the comments on faults that can not be taken for good, each with file and line. */
export type FaultTests = { readonly tests: readonly FaultTest[]; readonly mistakes: readonly string[] }

const form = /^Fault(?: (\d+))?, ([a-z ]+): (\S.*?) Outcome: (\S.*)$/
const mark = /^\/\/ Fault\b/

/** The faults that the tests of the project show. */
export function faultTestsOf(root: string): FaultTests {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${file}`)
    .sort()
  const read = files.map((file) => faultTestsIn(file, readFileSync(join(root, file), 'utf8')))
  return { tests: read.flatMap(({ tests }) => tests), mistakes: read.flatMap(({ mistakes }) => mistakes) }
}

/**
 * The faults that one test file shows: each a comment `// Fault N, GROUP: what befalls. Outcome: what is safe.` right above a
 * test, or above an entry of a table of which a loop makes tests. Such a comment anywhere else is a mistake.
 */
export function faultTestsIn(file: string, text: string): FaultTests {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const tests: FaultTest[] = []
  const mistakes: string[] = []
  const read = new Set<number>()
  function visit(node: ts.Node): void {
    const title = titleOf(node)
    if (title !== undefined) {
      for (const { line, said } of commentsAbove(node, text)) {
        if (read.has(line)) continue
        read.add(line)
        const shown = faultIn(said)
        if (typeof shown === 'string') mistakes.push(`${file}:${line}: ${shown}`)
        else tests.push({ ...shown, file, title })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  for (const [index, line] of text.split('\n').entries()) {
    if (mark.test(line.trim()) && !read.has(index + 1))
      mistakes.push(`${file}:${index + 1}: no test and no entry of a table of tests is right below`)
  }
  return { tests, mistakes }
}

function faultIn(said: string): Omit<FaultTest, 'file' | 'title'> | string {
  const [, digits, group, fault = '', outcome = ''] = form.exec(said) ?? []
  const known = faultGroups.find((one) => one === group)
  if (group === undefined) return 'this is not "Fault N, GROUP: what befalls. Outcome: what is safe."'
  if (known === undefined) return `there is no group "${group}"`
  const number = digits === undefined ? null : Number(digits)
  if (number !== null && !Object.hasOwn(faults, number)) return `there is no fault ${number}`
  return { number, group: known, fault, outcome }
}

/** The comments on faults that stand right above a node, with nothing between; a comment goes on until the next one. */
function commentsAbove(node: ts.Node, text: string): readonly { line: number; said: string }[] {
  const source = node.getSourceFile()
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line
  const found: { line: number; said: string }[] = []
  let below = lineOf(node.getStart())
  let said = ''
  for (const range of [...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [])].reverse()) {
    const line = lineOf(range.pos)
    if (range.kind !== ts.SyntaxKind.SingleLineCommentTrivia || line !== below - 1) break
    const own = text.slice(range.pos, range.end)
    said = `${own.slice(2).trim()} ${said}`.trim()
    if (mark.test(own)) {
      found.unshift({ line: line + 1, said })
      said = ''
    }
    below = line
  }
  return found
}

function titleOf(node: ts.Node): string | undefined {
  if (ts.isExpressionStatement(node)) {
    const title = titleOfCall(node.expression, ['test', 'it'])
    return title === undefined ? undefined : [...describes(node), title].join(': ')
  }
  if (ts.isPropertyAssignment(node) && ts.isObjectLiteralExpression(node.parent)) {
    return makesTests(node) ? nameOf(node.name) : undefined
  }
  if (!ts.isArrayLiteralExpression(node.parent ?? node)) return undefined
  return makesTests(node) ? firstText(node) : undefined
}

function titleOfCall(node: ts.Expression, names: readonly string[]): string | undefined {
  const call = ts.isAwaitExpression(node) ? node.expression : node
  if (!ts.isCallExpression(call) || call.arguments[0] === undefined) return undefined
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression
  return names.includes(name.getText()) ? textOf(call.arguments[0]) : undefined
}

function describes(node: ts.Node): readonly string[] {
  const found: string[] = []
  for (let one: ts.Node | undefined = node.parent; one !== undefined; one = one.parent) {
    const title = ts.isExpressionStatement(one) ? titleOfCall(one.expression, ['describe']) : undefined
    if (title !== undefined) found.unshift(title)
  }
  return found
}

/** Whether a loop that makes tests goes over the table that an entry stands in. */
function makesTests(entry: ts.Node): boolean {
  for (let one: ts.Node = entry; one.parent !== undefined; one = one.parent) {
    const { parent } = one
    if (ts.isForOfStatement(parent)) return one === parent.expression && hasTest(parent.statement)
    if (ts.isFunctionLike(parent)) return false
    if (!ts.isVariableDeclaration(parent)) continue
    const name = parent.name.getText()
    return some(entry.getSourceFile(), (node) => {
      const isOver = ts.isForOfStatement(node) && hasTest(node.statement)
      return isOver && some(node.expression, (part) => ts.isIdentifier(part) && part.text === name)
    })
  }
  return false
}

function hasTest(node: ts.Node): boolean {
  return some(node, (one) => ts.isCallExpression(one) && ['test', 'it'].includes(one.expression.getText()))
}

function some(node: ts.Node, is: (node: ts.Node) => boolean): boolean {
  return is(node) || ts.forEachChild(node, (child) => some(child, is) || undefined) === true
}

function nameOf(name: ts.PropertyName): string {
  return ts.isStringLiteralLike(name) ? name.text : name.getText()
}

function firstText(node: ts.Node): string | undefined {
  return textOf(node) ?? ts.forEachChild(node, firstText)
}

/** A text as it is written; what is filled in is `…`. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('')
  return ts.isIdentifier(node) && ts.isCallExpression(node.parent) ? '…' : undefined
}
