/** The first values of a set, at most so many, without a look at the others. */
export function firstOf<T>(values: ReadonlySet<T>, most: number): readonly T[] {
  const found: T[] = []
  for (const value of values) {
    if (found.length >= most) break
    found.push(value)
  }
  return found
}
