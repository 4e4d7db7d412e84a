/** Whose units they are; `digest` is that of the text of the estate file. */
export type Owner = {
  /** Name of the estate. */
  readonly estate: string
  /** Absolute path of the estate file. */
  readonly file: string
  readonly digest: string
}

const begins = '# upkeep-schedule '

/** The first line of a unit that `schedule install` wrote: by it, and not by a name, it knows its own. */
export function ownMark({ estate, file, digest }: Owner): string {
  return begins + JSON.stringify({ estate, file, digest })
}

/** Whose unit a text is; undefined when it is not one of ours. */
export function ownerOf(text: string): Owner | undefined {
  const [line = ''] = text.split('\n', 1)
  if (!line.startsWith(begins)) return undefined
  try {
    const { estate, file, digest } = (JSON.parse(line.slice(begins.length)) ?? {}) as Record<string, unknown>
    if (typeof estate !== 'string' || typeof file !== 'string' || typeof digest !== 'string') return undefined
    return { estate, file, digest }
  } catch {
    return undefined
  }
}

/** A unit without its first line: what it does, whoever's it is. */
export function withoutMark(text: string): string {
  return text.slice(text.indexOf('\n') + 1)
}
