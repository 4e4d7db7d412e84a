// Beyond this many names a guess costs more than it helps.
const mostCandidates = 1000
const longestWord = 64

/** The allowed word that was probably meant: the same but for case, dashes and underscores, one that begins so, or one few edits away. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  if (word.length > longestWord || allowed.length > mostCandidates) return undefined
  const bare = plain(word)
  const same = allowed.find((one) => plain(one) === bare)
  if (same !== undefined) return same
  const longer = bare.length >= 3 ? allowed.filter((one) => plain(one).startsWith(bare)) : []
  if (longer.length === 1) return longer[0]
  let best: string | undefined
  let bestEdits = Math.max(1, Math.floor(bare.length / 3)) + 1
  for (const one of allowed) {
    if (Math.abs(one.length - word.length) >= bestEdits || one.length > longestWord) continue
    const count = edits(bare, plain(one))
    if (count >= bestEdits) continue
    best = one
    bestEdits = count
  }
  // One letter for another is no likeness when there is nothing else in the word.
  return best !== undefined && bestEdits < Math.max(word.length, best.length) ? best : undefined
}

/** `Did you mean "..."?`, or nothing when no allowed word is near. */
export function didYouMean(word: string, allowed: readonly string[]): string | undefined {
  const meant = nearest(word, allowed)
  return meant === undefined ? undefined : `Did you mean ${JSON.stringify(meant)}?`
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '')
}

/** How many letters must be changed, added, dropped or swapped with their neighbour to make one word the other. */
function edits(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const now = [row]
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      now[column] = Math.min(
        (last[column] ?? 0) + 1,
        (now[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + change,
        swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
      )
    }
    before = last
    last = now
  }
  return last[b.length] ?? Infinity
}
