import ts from 'typescript'

/** One source file as the rules of the house read it; `layer` is its first folder, `path` from the root, with slashes. */
export type SourceFile = {
  readonly path: string
  readonly layer: string
  readonly text: string
  readonly imports: readonly Import[]
  readonly uses: readonly Use[]
  /** Values, not types, that it exports. */
  readonly exports: readonly { readonly name: string; readonly line: number }[]
  /** Every name in it. */
  readonly names: ReadonlySet<string>
}

/** A module that a file names: a path from the root when it is one of the house, else its bare name. */
export type Import = { readonly to: string; readonly line: number }

/** Something ambient that a file touches: a global, or a call that leaves a test out. */
export type Use = {
  readonly what: 'process' | 'clock' | 'random' | 'left-out'
  readonly line: number
}

/** Reads a TypeScript text; comments and strings never count, `import()` and `import type` do. */
export function sourceFile(path: string, text: string): SourceFile {
  const parsed = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const lineOf = (position: number) => parsed.getLineAndCharacterOfPosition(position).line + 1
  const imports = ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName, pos }) => ({ to: target(path, fileName), line: lineOf(pos) }))
  const uses: Use[] = []
  const names = new Set<string>()
  function visit(node: ts.Node): void {
    if (ts.isIdentifier(node)) names.add(node.text)
    const what = ambient(node)
    if (what !== undefined) uses.push({ what, line: lineOf(node.getStart()) })
    ts.forEachChild(node, visit)
  }
  visit(parsed)
  const exports = parsed.statements.flatMap((statement) =>
    exportedBy(statement).map((name) => ({ name, line: lineOf(statement.getStart()) })),
  )
  return { path, layer: path.split('/')[0] ?? '', text, imports, uses, exports, names }
}

function exportedBy(statement: ts.Statement): readonly string[] {
  const isExported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  if (!isExported) return []
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  const isValue = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
  return isValue && statement.name !== undefined ? [statement.name.text] : []
}

function target(from: string, name: string): string {
  if (!name.startsWith('.')) return name.replace(/^node:/, '')
  return new URL(name, `file:///${from}`).pathname.slice(1)
}

function ambient(node: ts.Node): Use['what'] | undefined {
  if (ts.isIdentifier(node) && node.text === 'process' && isValue(node)) return 'process'
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
    return 'clock'
  }
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText()
    if (text === 'Date.now' || text === 'performance.now') return 'clock'
    if (text === 'Math.random') return 'random'
    if (/^(test|it|describe|suite|t)\.(skip|todo|only)$/.test(text)) return 'left-out'
  }
  if (ts.isIdentifier(node) && /^random(Bytes|UUID|Int|FillSync)$/.test(node.text)) return 'random'
  if (ts.isCallExpression(node) && /^(test|it|describe|suite)$/.test(node.expression.getText())) {
    const options = node.arguments.filter(ts.isObjectLiteralExpression)
    if (options.some((option) => option.properties.some(leavesOut))) return 'left-out'
  }
  return undefined
}

/** Whether an option leaves its test out; `skip: !canX && 'needs X'` says what this machine lacks, and is none. */
function leavesOut(option: ts.ObjectLiteralElementLike): boolean {
  if (!/^(skip|todo|only)$/.test(option.name?.getText() ?? '')) return false
  const isCondition = ts.isPropertyAssignment(option) && ts.isBinaryExpression(option.initializer)
  return !isCondition || !/&& 'needs [^']+'$/.test(option.initializer.getText())
}

/** Whether an identifier is the global itself, and no property, key or parameter that has its name. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  return !(
    ts.isPropertySignature(parent) ||
    ts.isParameter(parent) ||
    ts.isBindingElement(parent) ||
    ts.isTypeReferenceNode(parent)
  )
}
