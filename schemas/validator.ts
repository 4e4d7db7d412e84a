import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileFunction } from 'node:vm'
import type * as ajvPackage from 'ajv'
import type { ValidateFunction } from 'ajv'
import type * as standalonePackage from 'ajv/dist/standalone/index.js'

type PublishedName = 'estate' | 'patch-plan' | 'cleanup-plan' | 'lab-cloud'

/** A schema as text, and the name of the file that the validator made from it is kept in. */
export type SchemaText = { readonly name: string; readonly text: string }

const require = createRequire(import.meta.url)
/** Beside what Node keeps there of the sources: who may write there may write the code as well. */
const cache = fileURLToPath(new URL('../node_modules/.cache/upkeep', import.meta.url))

// A test checks the schemas themselves, and code that is used once needs no polish: 0.1 s of each start.
const once = { validateSchema: false, meta: false, inlineRefs: false } as const
const settings = { allErrors: true, verbose: true, strict: true, ...once } as const

const schemas = new Map<PublishedName, object>()
const validators = new WeakMap<object, ValidateFunction>()
const texts = new WeakMap<object, SchemaText>()

/** A schema as it is published beside the sources: the code that it is made from takes 0.1 s to load. */
export function published(name: PublishedName): object {
  const known = schemas.get(name)
  if (known !== undefined) return known
  const text = readFileSync(new URL(`${name}.schema.json`, import.meta.url), 'utf8')
  const schema = JSON.parse(text) as object
  schemas.set(name, schema)
  texts.set(schema, { name, text })
  return schema
}

/** Compiles a schema when it is first asked for: 0.1 s that `--help` must not cost, nor each start for a published one. */
export function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const text = texts.get(schema)
  const validator = text === undefined ? compiled(schema) : keptValidator(text, cache)
  validators.set(schema, validator)
  return validator
}

/**
 * The validator of a schema from the code that an earlier start left in a directory, as long as that was made from this
 * text by this ajv and is whole; made and left there otherwise, if that can be written.
 */
export function keptValidator(schema: SchemaText, directory: string): ValidateFunction {
  const path = join(directory, `${schema.name}.validator.js`)
  const { version } = require('ajv/package.json') as { readonly version: string }
  const madeFrom = sha256(`${version} ${JSON.stringify(settings)} ${schema.text}`)
  const code = keptCode(path, madeFrom)
  if (code !== undefined) return validatorFrom(code)
  if (!mayWrite(directory)) return compiled(JSON.parse(schema.text) as object)
  const made = codeOf(JSON.parse(schema.text) as object)
  keep(directory, path, `// ${madeFrom} ${sha256(made)}\n${made}`)
  return validatorFrom(made)
}

function keptCode(path: string, madeFrom: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  const end = text.indexOf('\n')
  const code = text.slice(end + 1)
  return text.slice(0, end) === `// ${madeFrom} ${sha256(code)}` ? code : undefined
}

function validatorFrom(code: string): ValidateFunction {
  const module = { exports: {} as ValidateFunction }
  const run = compileFunction(code, ['module', 'require']) as (own: object, take: typeof require) => void
  run(module, require)
  return module.exports
}

function codeOf(schema: object): string {
  const { Ajv } = require('ajv') as typeof ajvPackage
  const { default: standalone } = require('ajv/dist/standalone/index.js') as typeof standalonePackage.default
  const ajv = new Ajv({ ...settings, code: { optimize: false, source: true } })
  return standalone(ajv, ajv.compile(schema))
}

function compiled(schema: object): ValidateFunction {
  const { Ajv } = require('ajv') as typeof ajvPackage
  return new Ajv({ ...settings, code: { optimize: false } }).compile(schema)
}

function mayWrite(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true })
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Puts it in place at once; where that fails (no room, say), the next start makes it again. */
function keep(directory: string, path: string, text: string): void {
  try {
    const room = mkdtempSync(join(directory, 'new-'))
    try {
      writeFileSync(join(room, 'validator'), text)
      renameSync(join(room, 'validator'), path)
    } finally {
      rmSync(room, { recursive: true, force: true })
    }
  } catch {
    // Nothing is lost but the time.
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
