import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** One place in the sources that makes a problem: its code, and what it says; `<name>` stands for what is filled in. */
export type Said = {
  readonly code: string
  readonly place: string
  readonly what: string
  readonly fix: string
}

const folders = ['schemas', 'core', 'connect', 'playbooks', 'lab', 'stacks']
/** Files that are read against a schema, so that one sentence serves all of them. */
const subjects = ['estate', 'plan-file']

/** Every problem that the sources can make, in the order of codes and places. */
export function problemsOf(root: string): readonly Said[] {
  const files = folders.flatMap((folder) => sourcesIn(root, folder))
  return files
    .flatMap((file) => problemsIn(file, readFileSync(join(root, file), 'utf8')))
    .sort((a, b) => order(a.code, b.code) || order(a.place, b.place))
}

/** The problems that one source text makes. */
export function problemsIn(file: string, text: string): readonly Said[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Said[] = []
  function visit(node: ts.Node): void {
    if (ts.isObjectLiteralExpression(node)) found.push(...saidBy(node, file))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function saidBy(node: ts.ObjectLiteralExpression, file: string): readonly Said[] {
  const code = property(node, 'code')
  if (code === undefined) return []
  const whats = texts(property(node, 'what'))
  const fix = texts(property(node, 'fix')).join(' ')
  const codes = texts(code).flatMap((text) => codesOf(text, file))
  // Of a choice of codes with a choice of sentences, the n-th belongs to the n-th.
  return codes.map((one, index) => ({
    code: one,
    place: file,
    what: codes.length === whats.length ? (whats[index] ?? '') : whats.join(' '),
    fix,
  }))
}

function codesOf(text: string, file: string): readonly string[] {
  const general = /^<subject>\/([a-z-]+)$/.exec(text)?.[1] ?? (file === 'schemas/sentence.ts' ? text : '')
  if (/^[a-z-]+$/.test(general)) return subjects.map((subject) => `${subject}/${general}`)
  if (/^[a-z-]+\/[a-z-]+$/.test(text)) return [text]
  return file.startsWith('core/estate/') && /^[a-z-]+$/.test(text) ? [`estate/${text}`] : []
}

/** The value of a property: written here, taken from a constant of that name, or out of a constant that is spread here. */
function property(node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const one of node.properties) {
    if (ts.isPropertyAssignment(one) && one.name.getText() === name) return one.initializer
    if (ts.isShorthandPropertyAssignment(one) && one.name.text === name) return constant(node, name)
    if (ts.isSpreadAssignment(one) && ts.isIdentifier(one.expression)) {
      for (const spread of objects(constant(node, one.expression.text))) {
        const value = property(spread, name)
        if (value !== undefined) return value
      }
    }
  }
  return undefined
}

function objects(node: ts.Expression | undefined): readonly ts.ObjectLiteralExpression[] {
  if (node === undefined) return []
  if (ts.isObjectLiteralExpression(node)) return [node]
  // The last branch is the usual one.
  return ts.isConditionalExpression(node) ? [...objects(node.whenFalse), ...objects(node.whenTrue)] : []
}

/** The initializer of the nearest constant of a name, seen from a node outwards. */
function constant(from: ts.Node, name: string): ts.Expression | undefined {
  for (let scope: ts.Node | undefined = from.parent; scope !== undefined; scope = scope.parent) {
    let found: ts.Expression | undefined
    ts.forEachChild(scope, (child) => {
      if (!ts.isVariableStatement(child)) return
      for (const declared of child.declarationList.declarations) {
        if (declared.name.getText() === name) found = declared.initializer
      }
    })
    if (found !== undefined) return found
  }
  return undefined
}

/** The texts that an expression can be; what is filled in at run time stands as `<name>`. */
function texts(node: ts.Expression | undefined): readonly string[] {
  if (node === undefined) return []
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (ts.isConditionalExpression(node)) return [...texts(node.whenTrue), ...texts(node.whenFalse)]
  if (ts.isParenthesizedExpression(node)) return texts(node.expression)
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map((span) => filled(span.expression) + span.literal.text)
    return [node.head.text + spans.join('')]
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return [[...texts(node.left), ...texts(node.right)].join('')]
  }
  return []
}

function filled(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return `<${node.text}>`
  if (ts.isPropertyAccessExpression(node)) return `<${node.name.text}>`
  return '<…>'
}

function sourcesIn(root: string, folder: string): readonly string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`)
  } catch {
    return []
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
