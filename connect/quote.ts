/** One word as a POSIX shell reads it back unchanged, in single quotes; NUL can not be carried and throws. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new Error('NUL can not be part of a shell word')
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Several words, quoted and separated by blanks. */
export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(' ')
}
