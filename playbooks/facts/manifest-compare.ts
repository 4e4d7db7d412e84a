import type { Manifest } from './manifest.ts'

/** Subjects to leave out, as differences name them; `*` stands for anything (`/etc/issue`, `unit foo*`). */
export type CompareOptions = { readonly ignore?: readonly string[] }

/** Differences between two manifests in words, `subject: what changed`, sorted; empty when the host is as before. */
export function compareManifests(before: Manifest, after: Manifest, o: CompareOptions = {}): string[] {
  const ignored = (o.ignore ?? []).map(wildcard)
  return differences(before, after)
    .filter(([subject]) => !ignored.some((pattern) => pattern.test(subject)))
    .map(inWords)
}

/**
 * Differences between a host before a patch and `now`, after its way back: those that the way back owes, and those that
 * somebody else made between the end of the patch and the beginning of the way back, and that it left alone.
 */
export function compareAfterUse(m: {
  readonly before: Manifest
  readonly patched: Manifest
  readonly found: Manifest
  readonly now: Manifest
}): { readonly owed: readonly string[]; readonly others: readonly string[] } {
  const ofOthers = new Set(differences(m.patched, m.found).map(([subject]) => subject))
  const overwritten: string[] = []
  for (const [subject] of differences(m.found, m.now)) {
    if (!ofOthers.delete(subject) || !subject.startsWith('/')) continue
    overwritten.push(`${subject}: changed by somebody since, and by the way back again`)
  }
  const all = differences(m.before, m.now)
  return {
    owed: [...overwritten, ...all.filter(([subject]) => !ofOthers.has(subject)).map(inWords)],
    others: all.filter(([subject]) => ofOthers.has(subject)).map(inWords),
  }
}

function differences(before: Manifest, after: Manifest): readonly Difference[] {
  return [
    ...records('package ', before.packages, after.packages, packageWords),
    ...lists('hold ', before.holds, after.holds),
    ...lists('mark auto ', before.auto, after.auto),
    ...records('unit ', before.units, after.units, stateWords('not active')),
    ...records('unit file ', before.enabled, after.enabled, stateWords('not enabled')),
    ...lists('port ', before.ports, after.ports),
    ...records('', before.etc, after.etc, entryWords),
  ]
    .filter(([subject]) => !isHealed(subject, before, after))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

function inWords([subject, words]: Difference): string {
  return `${subject}: ${words}`
}

/** A boot clears what had failed before: no way back can, or should, make it fail again. */
function isHealed(subject: string, before: Manifest, after: Manifest): boolean {
  const unit = subject.replace(/^unit /, '')
  return unit !== subject && own(before.units, unit) === 'failed' && own(after.units, unit) !== 'auto-restart'
}

type Difference = readonly [subject: string, words: string]
type Values = Readonly<Record<string, string>>
type Words = (before: string | undefined, after: string | undefined) => string

function records(prefix: string, before: Values, after: Values, words: Words): readonly Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => own(before, name) !== own(after, name))
    .map((name) => [`${prefix}${name}`, words(own(before, name), own(after, name))])
}

function lists(prefix: string, before: readonly string[], after: readonly string[]): readonly Difference[] {
  const gone = before.filter((one) => !after.includes(one)).map((one) => [`${prefix}${one}`, 'gone'] as const)
  const come = after.filter((one) => !before.includes(one)).map((one) => [`${prefix}${one}`, 'new'] as const)
  return [...gone, ...come]
}

function own(values: Values, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

function packageWords(before: string | undefined, after: string | undefined): string {
  return `${before ?? 'not installed'} -> ${after ?? 'not installed'}`
}

function stateWords(absent: string): Words {
  return (before, after) => `${before ?? absent} -> ${after ?? absent}`
}

function entryWords(before: string | undefined, after: string | undefined): string {
  if (before === undefined) return 'new'
  if (after === undefined) return 'gone'
  const old = entry(before)
  const now = entry(after)
  if (old.type !== now.type) return `${old.type} -> ${now.type}`
  const changes = [
    old.content === now.content
      ? ''
      : old.type === 'link'
        ? `target ${old.content} -> ${now.content}`
        : 'content changed',
    old.mode === now.mode ? '' : `mode ${old.mode} -> ${now.mode}`,
    old.owner === now.owner ? '' : `owner ${old.owner} -> ${now.owner}`,
  ]
  return changes.filter((change) => change !== '').join(', ')
}

const kinds: Values = { f: 'file', d: 'directory', l: 'link' }

function entry(text: string) {
  const [letter = '', ...rest] = text.split(' ')
  const type = kinds[letter] ?? 'special file'
  const mode = letter === 'l' ? '' : (rest.shift() ?? '')
  const [owner = '', ...content] = rest
  return { type, mode, owner, content: content.join(' ') }
}

function wildcard(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*')}$`, 's')
}
