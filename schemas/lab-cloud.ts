import { type Static, Type } from 'typebox'
import { closed } from './words.ts'

/** The version of Pulumi's engine that stacks need: that of its SDK in package.json. */
export const engineVersion = '3.259.0'

/** What the lab tells of its cloud to what uses it; written by `upkeep lab up --cloud`, for its owner's eyes only. */
export const LabCloud = closed(
  {
    version: Type.Literal(1),
    url: Type.String({
      pattern: '^http://127\\.0\\.0\\.1:[0-9]{1,5}$',
      description: 'Where moto answers, on this machine',
    }),
    accessKeyId: Type.String({ description: 'Key of the identity that runs stacks' }),
    secretAccessKey: Type.String(),
    engine: Type.String({ description: 'Path of the program pulumi' }),
    providers: Type.String({ description: 'Directory of the stand-in for the AWS provider' }),
  },
  { title: 'Cloud of the lab', description: 'Where the lab’s cloud is' },
)
export type LabCloud = Static<typeof LabCloud>
