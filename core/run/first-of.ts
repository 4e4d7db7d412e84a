/** The first values, at most so many, without a look at the others. */
export function firstOf<T>(values: Iterable<T>, most: number): readonly T[] {
  const found: T[] = []
  if (most <= 0) return found
  for (const value of values) {
    found.push(value)
    if (found.length >= most) break
  }
  return found
}
