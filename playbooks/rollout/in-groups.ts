/** Does work on items, `size` of them at the same time; gives each with its result, in the order of their ends. */
export async function inGroups<T, R>(
  items: readonly T[],
  size: number,
  work: (item: T) => Promise<R>,
): Promise<readonly (readonly [T, R])[]> {
  const results: (readonly [T, R])[] = []
  const waiting = [...items]
  await Promise.all(
    Array.from({ length: size }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
        results.push([item, await work(item)])
    }),
  )
  return results
}
