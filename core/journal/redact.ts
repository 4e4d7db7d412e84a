/** Takes known secrets, and what has the shape of one, out of values before they are recorded. */
export type Redactor = {
  /** A copy of a JSON value with each secret in its texts and keys replaced by `[redacted]`. */
  readonly redact: <T>(value: T) => T
  /** Adds a secret; from then on it is replaced too. Under 4 characters it is not, for it would be found everywhere. */
  readonly add: (secret: string) => void
}

const mark = '[redacted]'
const shortest = 4

/** Makes a redactor for secrets as written, in base64, hex, URI, JSON and shell form, private keys and passwords in URLs. */
export function redactor(secrets: readonly string[]): Redactor {
  const forms = new Set<string>()
  function add(secret: string): void {
    for (const form of writtenForms(secret)) forms.add(form)
  }
  function redact<T>(value: T): T {
    return redactValue(value, (text) => redactShapes(redactForms(text, forms))) as T
  }
  for (const secret of secrets) add(secret)
  return { redact, add }
}

function redactValue(value: unknown, redactText: (text: string) => string): unknown {
  if (typeof value === 'string') return redactText(value.toWellFormed())
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redactText))
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  // fromEntries defines its keys, so a "__proto__" in hostile data stays a key.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      redactText(key.toWellFormed()),
      redactValue(item, redactText),
    ]),
  )
}

function writtenForms(secret: string): readonly string[] {
  const whole = secret.trim()
  // A key file is often printed line by line; short lines of it are no secret.
  const lines = whole.includes('\n') ? whole.split(/\r?\n/).filter((line) => line.length >= 16) : []
  return [whole, ...lines].filter((text) => text.length >= shortest).flatMap(formsOfText)
}

function formsOfText(text: string): readonly string[] {
  const uri = encodeURIComponent(text.toWellFormed())
  const json = JSON.stringify(text).slice(1, -1)
  const hex = Buffer.from(text).toString('hex')
  const forms = [
    text,
    json,
    JSON.stringify(json).slice(1, -1),
    text.replaceAll("'", `'\\''`),
    uri,
    uri.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    uri.replaceAll('%20', '+'),
    hex,
    hex.toUpperCase(),
    ...base64Forms(Buffer.from(text)),
  ]
  return forms.filter((form) => form.length >= shortest)
}

/** Base64 by itself, and the part that stays the same inside a longer text ("user:secret") at each of three offsets. */
function base64Forms(bytes: Buffer): readonly string[] {
  const inner = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
    return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6))
  })
  // Five characters or less turn up in other base64 by chance.
  const all = [bytes.toString('base64').replace(/=+$/, ''), ...inner.filter((form) => form.length > 5)]
  return all.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')])
}

function redactForms(text: string, forms: ReadonlySet<string>): string {
  const spans: { from: number; to: number }[] = []
  for (const form of forms) {
    for (let from = text.indexOf(form); from !== -1; from = text.indexOf(form, from + 1)) {
      spans.push({ from, to: from + form.length })
    }
  }
  if (spans.length === 0) return text
  spans.sort((a, b) => a.from - b.from)
  let redacted = ''
  let end = 0
  for (const { from, to } of spans) {
    // Forms may overlap; the second of two must not leave its end behind.
    if (from > end || end === 0) redacted += `${text.slice(end, from)}${mark}`
    end = Math.max(end, to)
  }
  return redacted + text.slice(end)
}

const shapes: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|$)/g,
    mark,
  ],
  [/(:\/\/[^\s/:@"'<>]*:)[^\s/"'<>]+@/g, `$1${mark}@`],
  [/\b((?:[a-z0-9_]*_)?(?:password|passwd|pgpassword|secret|token|api_?key)=)[^\s&;,"'<>]+/gi, `$1${mark}`],
]

function redactShapes(text: string): string {
  return shapes.reduce((redacted, [shape, by]) => redacted.replaceAll(shape, by), text)
}
