import type { Command } from './command.ts'

const stack = {
  type: 'string',
  value: 'NAME',
  says: 'the stack: its program, or that and an environment (backup, monitoring, windows, backup-lab)',
} as const

/** Verbs about what stands in the cloud. */
export const stackCommands: readonly Command[] = [
  {
    name: 'stack preview',
    says: 'see what a stack would change in the cloud; nothing is changed',
    example: 'upkeep stack preview --stack backup',
    options: { stack },
    estate: true,
    load: () => import('./stack.ts'),
  },
  {
    name: 'stack up',
    says: 'make in the cloud what the estate says: off-site stores and who writes to them, a monitoring host, maintenance windows',
    example: 'upkeep stack up --stack backup',
    options: { stack },
    estate: true,
    load: () => import('./stack.ts'),
  },
  {
    name: 'stack refresh',
    says: 'read a stack from the cloud again: what others have changed there',
    example: 'upkeep stack refresh --stack backup',
    options: { stack },
    estate: true,
    load: () => import('./stack.ts'),
  },
  {
    name: 'stack destroy',
    says: 'remove what a stack made; what holds data is protected and refused',
    example: 'upkeep stack destroy --stack backup',
    options: { stack },
    estate: true,
    load: () => import('./stack.ts'),
  },
  {
    name: 'stack policy',
    says: 'print the policy of IAM that the identity needs which brings a stack up; asks and changes nothing in the cloud',
    example: 'upkeep stack policy --stack backup',
    options: {
      stack,
      filled: {
        type: 'boolean',
        says: 'for stores that hold data: it may make none, and change no lock, key or other protection',
      },
      part: { type: 'string', value: 'N', says: 'which of several documents, where one is too long for IAM' },
    },
    estate: true,
    load: () => import('./stack-policy.ts'),
  },
]
