import { type Command, systemOption as system } from './command.ts'

/** Verbs about clean-up. */
export const cleanupCommands: readonly Command[] = [
  {
    name: 'cleanup plan',
    says: 'see which files the rules of the estate would take, and what that gives back; hosts stay as they are',
    example: 'upkeep cleanup plan --system erp --out cleanup.json',
    options: {
      system,
      rule: { type: 'string', multiple: true, value: 'NAME', says: 'only this rule; may be repeated' },
      out: { type: 'string', value: 'FILE', says: 'where the plan goes (default: cleanup.json)' },
    },
    estate: true,
    load: () => import('./cleanup.ts'),
  },
  {
    name: 'cleanup run',
    says: 'clean up as a plan says, test hosts first; what was taken can be brought back for a while',
    example: 'upkeep cleanup run --plan cleanup.json --reason "monthly clean-up"',
    options: {
      plan: { type: 'string', value: 'FILE', says: 'the plan (default: cleanup.json)' },
      approve: {
        type: 'string',
        multiple: true,
        value: 'RULE[@DIGEST]',
        says: 'let this rule, new or changed and tried on test hosts, go to production; may be repeated',
      },
      reason: { type: 'string', value: 'TEXT', says: 'why, for the journal' },
    },
    estate: true,
    load: () => import('./cleanup.ts'),
  },
  {
    name: 'cleanup undo',
    says: 'bring back what a clean-up has put into quarantine; what is newer is never overwritten',
    example: 'upkeep cleanup undo --cleanup clean-erp-20261121-103000 --reason "needed"',
    options: {
      cleanup: { type: 'string', value: 'ID', says: 'the clean-up to take back' },
      host: { type: 'string', multiple: true, value: 'NAME', says: 'only this host; may be repeated' },
      reason: { type: 'string', value: 'TEXT', says: 'why, for the journal' },
    },
    estate: true,
    load: () => import('./cleanup.ts'),
  },
]
