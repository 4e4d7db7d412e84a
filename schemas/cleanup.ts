import { type Static, Type } from 'typebox'
import { closed, Duration, Name, Named, OneOf } from './words.ts'

/** A number of bytes such as 500M or 2G, in powers of 1024. */
function Size(description: string) {
  return Type.String({
    pattern: '^[1-9][0-9]{0,8}[KMGT]?$',
    description: `${description} (such as 500M or 2G; K, M, G, T in powers of 1024)`,
  })
}

/** A rule of clean-up; what a rule of a known name leaves out comes from that one. */
export const CleanupRule = closed(
  {
    off: Type.Optional(Type.Boolean({ description: 'true: not in this system, though its tier has it' })),
    where: Type.Optional(
      Type.Array(Type.String({ description: 'Absolute path of a directory on the host' }), {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description: 'Directories that the rule may look into, and no others',
      }),
    ),
    what: Type.Optional(
      Type.Array(
        Type.String({
          minLength: 1,
          description: 'Glob over the path below: **/ is any number of directories, a / last means trees',
        }),
        {
          minItems: 1,
          maxItems: 100,
          uniqueItems: true,
          description:
            'Which files, as globs over the path below the directory; with a / last, which directories as a whole',
        },
      ),
    ),
    not: Type.Optional(
      Type.Array(Type.String({ minLength: 1, description: 'Glob over the path below' }), {
        maxItems: 100,
        uniqueItems: true,
        description: 'What of it stays, as globs over the path below the directory',
      }),
    ),
    olderThan: Type.Optional(
      Duration('Age of the last change; of a whole directory, that of the youngest thing in it'),
    ),
    ageBy: Type.Optional(
      OneOf(
        ['ctime', 'mtime'],
        'ctime (default): the later of the last change of content and of the last of owner, mode or name; mtime: of content only',
      ),
    ),
    keepNewest: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100_000,
        description: 'So many of each directory stay, the newest',
      }),
    ),
    cap: Type.Optional(Size('Above this size the oldest go too, even if they are younger than olderThan')),
    onlyAbove: Type.Optional(
      Type.String({
        pattern: '^[1-9][0-9]?%$',
        description: 'Only where the file system is at least that full, from 1% to 99%: for emergencies',
      }),
    ),
    budget: Type.Optional(
      closed(
        {
          files: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Files per host and run' }),
          ),
          bytes: Type.Optional(Size('Bytes per host and run')),
        },
        { description: 'What may go at most; above it, nothing of the rule goes' },
      ),
    ),
    do: Type.Optional(
      OneOf(
        ['delete', 'compress', 'truncate', 'archive'],
        'delete (default); compress: NAME.gz stands in its place, read back first; truncate: only its end stays, also while it is written to; archive: another host has it first',
      ),
    ),
    to: Type.Optional(
      closed(
        {
          host: Name('Name of a host of the estate'),
          directory: Type.String({
            description: 'Absolute path of a directory there, which root alone writes to',
          }),
          reserve: Type.Optional(
            Type.String({
              pattern: '^([1-9][0-9]{0,8}[KMGT]?|[1-9][0-9]?%)$',
              description:
                'What stays free on its file system, such as 20G or 10% (the default): before that an archive stops, and is removed there',
            }),
          ),
        },
        { description: 'With do: archive, where to' },
      ),
    ),
    keepTail: Type.Optional(Size('With do: truncate, so much of the end of each file stays')),
    regenerable: Type.Optional(
      Type.Boolean({
        description: 'true: can be had again (a cache), so it is deleted without a quarantine',
      }),
    ),
    mount: Type.Optional(
      Type.Boolean({
        description: 'true: a directory may be a mount point itself; others are never entered',
      }),
    ),
    roles: Type.Optional(
      Type.Array(Name('Name of a role of the system'), {
        minItems: 1,
        uniqueItems: true,
        description: 'Only on hosts with one of these roles; default: all hosts',
      }),
    ),
  },
  { description: 'What is cleaned up, where, and within which limits' },
)
export type CleanupRule = Static<typeof CleanupRule>

/** What is cleaned up on the hosts of a system or tier. */
export const Cleanup = closed(
  {
    quarantine: Type.Optional(Duration('How long what was taken can be brought back')),
    rules: Type.Optional(Named('Rule', CleanupRule, 'Rules by name; {} for a known name takes its defaults')),
  },
  { description: 'What is cleaned up; a rule is there only if it is named' },
)
export type Cleanup = Static<typeof Cleanup>
