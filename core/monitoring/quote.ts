/** A text as a string of PromQL, or of a matcher of Alertmanager. */
export function quoted(text: string): string {
  // Both read strings as Go does, which knows every escape of JSON; the sign for half a character is a mistake to it.
  return JSON.stringify(text.toWellFormed().replaceAll('\u{fffd}', '_'))
}

/** A text as a regular expression (RE2) that is that text alone. */
export function literally(text: string): string {
  return text.toWellFormed().replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}

/** A matcher by which a label is one of some values: `system=~"erp|oa"`. */
export function isOneOf(label: string, values: readonly string[]): string {
  const [only] = values
  if (values.length === 1 && only !== undefined) return `${label}=${quoted(only)}`
  return `${label}=~${quoted(values.map(literally).join('|'))}`
}

/** A text in a template of Prometheus or Alertmanager that comes out as it is. */
export function untouched(text: string): string {
  return text.replaceAll('{{', '{{"{{"}}')
}
