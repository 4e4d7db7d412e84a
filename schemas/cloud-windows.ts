import { type Static, Type } from 'typebox'
import { Account, Region } from './aws.ts'
import { closed } from './words.ts'

/** Key of a tag of managed nodes, of the characters that Systems Manager takes in the key of a target. */
function TagKey(description: string) {
  return Type.String({
    pattern: '^[A-Za-z0-9_.:/=@-]{1,128}$',
    description: `${description} (letters, digits and _ . : / = @ -; at most 128)`,
  })
}

/** Where AWS Systems Manager opens a maintenance window for each system, and which of its nodes are meant. */
export const CloudWindows = closed(
  {
    account: Account('Account of AWS that has the nodes'),
    region: Region('Region of the nodes, for example ap-northeast-1'),
    systemTag: Type.Optional(
      TagKey('Tag that each node of a system carries, with the name of the system; default upkeep:system'),
    ),
    controllerTag: Type.Optional(
      TagKey('Tag that the controller carries, with the name of the estate; default upkeep:controller'),
    ),
  },
  { description: 'Where AWS opens the windows of systems as well: it scans, and nudges the controller' },
)
export type CloudWindows = Static<typeof CloudWindows>
