/** What everything that a stack makes is marked with; no dates, which would change with each preview. */
export function tagsOf(estate: string, stack: string, tier?: string): Readonly<Record<string, string>> {
  return {
    'upkeep:estate': estate,
    'upkeep:stack': stack,
    ...(tier === undefined ? {} : { 'upkeep:tier': tier }),
  }
}
