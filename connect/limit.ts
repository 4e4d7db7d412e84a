/** Lets at most `most` pieces of work run at the same time; the rest wait in the order they came. */
export function limiter(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async function limited(work) {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next() // the place is handed over, so `running` stays as it is
    }
  }
}

/** Does work on all items, at most `most` at the same time; gives each with its result, in the order of the items. */
export function eachAtMost<T, R>(
  most: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly (readonly [T, R])[]> {
  const limited = limiter(most)
  return Promise.all(items.map(async (item) => [item, await limited(() => work(item))] as const))
}
