import { type Static, Type } from 'typebox'
import { closed, OneOf } from './words.ts'

/** Figures that an inspection holds against limits; core/patrol/limits.ts says what each is, and its limits. */
export const patrolItems = [
  'cpu',
  'steal',
  'ioWait',
  'load',
  'pressureCpu',
  'pressureIo',
  'pressureMemory',
  'memory',
  'swap',
  'oomKills',
  'diskFree',
  'inodesFree',
  'memoryFileSystemFree',
  'diskAwait',
  'netErrors',
  'netDrops',
  'connections',
  'services',
  'failedUnits',
  'clockSync',
  'clockSkew',
  'reboot',
  'restarts',
  'temperature',
  'power',
  'diskHealth',
  'fileSystems',
  'blockedTasks',
  'poolFree',
  'poolHealth',
  'latency',
  'loss',
  'certificates',
  'securityUpdates',
  'securityUpdateAge',
  'updateIndexes',
  'rootLogins',
  'loginsAfterFailures',
  'newAddresses',
  'disabledAccounts',
  'unknownAccounts',
  'database',
  'databaseConnections',
  'oldestTransaction',
  'slowQueries',
  'databaseLog',
  'databaseErrors',
  'databasePanics',
  'replication',
  'replicationLag',
  'slotRetained',
  'deadRows',
  'wraparound',
  'databaseSize',
  'tableSize',
  'functions',
  'stepTimes',
] as const
export type PatrolItem = (typeof patrolItems)[number]

const limit = closed(
  {
    warning: Type.Optional(Type.Number({ minimum: 0, description: 'Beyond this: warning' })),
    critical: Type.Optional(Type.Number({ minimum: 0, description: 'Beyond this: critical' })),
    margin: Type.Optional(
      Type.Number({ minimum: 0, description: 'A level ends only when it is left by this much' }),
    ),
  },
  { minProperties: 1, description: 'Limits of one figure; what is absent comes from the tier' },
)

/** Parts that a host may lack without anybody being told, unless the estate wants them. */
const patrolParts = [
  'pressure',
  'sensors',
  'power',
  'diskHealth',
  'connections',
  'slowQueries',
  'databaseLog',
] as const
export type PatrolPart = (typeof patrolParts)[number]

/** What an inspection holds the hosts of a system against. */
export const PatrolPolicy = closed(
  {
    // Not an object with a key for each: that is twice the whole schema, and 0.1 s of each start.
    limits: Type.Optional(
      Type.Record(Type.String(), limit, {
        propertyNames: OneOf([...patrolItems], 'Name of a figure'),
        description: 'Limits by figure',
      }),
    ),
    wants: Type.Optional(
      Type.Array(OneOf([...patrolParts], 'A part that not every host shows'), {
        uniqueItems: true,
        description:
          'Parts that each host must show: where one does not, that is unknown and no longer left out',
      }),
    ),
    memoryFileSystems: Type.Optional(
      Type.Array(
        Type.String({ pattern: '^/[^\\x00-\\x1f]*$', description: 'Absolute path of a mount on the host' }),
        {
          uniqueItems: true,
          maxItems: 50,
          description: 'Mounts in memory (tmpfs) that must not fill; any other one is left out',
        },
      ),
    ),
    certificates: Type.Optional(
      Type.Array(
        Type.String({ pattern: '^/[^\\x00-\\x1f]*$', description: 'Absolute path of a file on the host' }),
        {
          uniqueItems: true,
          maxItems: 50,
          description:
            'Files (PEM) whose certificates must not run out; those that web servers and PostgreSQL name are found',
        },
      ),
    ),
  },
  { description: 'What an inspection holds hosts against; what is absent comes from the tier' },
)
export type PatrolPolicy = Static<typeof PatrolPolicy>
