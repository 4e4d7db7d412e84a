import type { Command } from './command.ts'

const system = { type: 'string', value: 'NAME', says: 'the business system, as the estate names it' } as const

/** Every verb of `upkeep`, in the order that the help shows. */
export const commands: readonly Command[] = [
  {
    name: 'init',
    says: 'write a commented estate file to start from',
    example: 'upkeep init --estate estate.yaml',
    options: {},
    estate: false,
    load: () => import('./init.ts'),
  },
  {
    name: 'check',
    says: 'check the estate file: every mistake with its place and what to do',
    example: 'upkeep check --estate estate.yaml',
    options: {},
    estate: true,
    load: () => import('./check.ts'),
  },
  {
    name: 'doctor',
    says: 'ask every host whether Upkeep can work there: rights, space, clock, updaters',
    example: 'upkeep doctor --system erp',
    options: { system },
    estate: true,
    load: () => import('./doctor.ts'),
  },
  {
    name: 'patch plan',
    says: 'see what a patch rollout would do, fetch its bytes, write the plan; hosts stay as they are',
    example: 'upkeep patch plan --system erp --out plan.json',
    options: {
      system,
      out: { type: 'string', value: 'FILE', says: 'where the plan goes (default: plan.json)' },
    },
    estate: true,
    load: () => import('./patch.ts'),
  },
  {
    name: 'patch run',
    says: 'do what a plan says and nothing else, until nothing is due',
    example: 'upkeep patch run --plan plan.json --reason "November security updates"',
    options: {
      plan: { type: 'string', value: 'FILE', says: 'the plan (default: plan.json)' },
      reason: { type: 'string', value: 'TEXT', says: 'why, for the journal' },
    },
    estate: true,
    load: () => import('./patch.ts'),
  },
  {
    name: 'patch status',
    says: 'where rollouts stand: what happened, what waits for what, what to do next',
    example: 'upkeep patch status --system erp',
    options: { system },
    estate: true,
    load: () => import('./patch.ts'),
  },
  {
    name: 'resume',
    says: 'go on with rollouts: after a soak, in a window, after a crash; made for a timer',
    example: 'upkeep resume',
    options: { rollout: { type: 'string', value: 'ID', says: 'only this one' } },
    estate: true,
    load: () => import('./resume.ts'),
  },
  {
    name: 'rollback',
    says: 'take patched hosts back to the old packages (rows are kept)',
    example: 'upkeep rollback --rollout erp-20261121-103000 --reason "wrong totals"',
    options: {
      rollout: { type: 'string', value: 'ID', says: 'the rollout to take back' },
      host: { type: 'string', multiple: true, value: 'NAME', says: 'only this host; may be repeated' },
      reason: { type: 'string', value: 'TEXT', says: 'why, for the journal' },
    },
    estate: true,
    load: () => import('./rollback.ts'),
  },
  {
    name: 'journal show',
    says: 'what was done, when, why, by whom, with which result',
    example: 'upkeep journal show --rollout erp-20261121-103000',
    options: { rollout: { type: 'string', value: 'ID', says: 'only this rollout' } },
    estate: true,
    load: () => import('./journal.ts'),
  },
  {
    name: 'journal verify',
    says: 'prove that no line was changed, removed or moved, and say what that does not prove',
    example: 'upkeep journal verify --heads heads.jsonl',
    options: {
      heads: {
        type: 'string',
        value: 'FILE',
        says: 'signed heads that were kept elsewhere; - for standard input',
      },
    },
    estate: true,
    load: () => import('./journal.ts'),
  },
  {
    name: 'lab up',
    says: 'bring up real throw-away hosts on this machine: an ERP, an OA, a repository, mail',
    example: 'upkeep lab up',
    options: {},
    estate: false,
    load: () => import('../lab/command.ts'),
  },
  {
    name: 'lab down',
    says: 'remove everything that the lab made; list the packages it installed',
    example: 'upkeep lab down --packages',
    options: {
      packages: { type: 'boolean', says: 'also remove the packages that the lab installed' },
      'keep-cache': { type: 'boolean', says: 'keep what was downloaded and built, for a fast next time' },
    },
    estate: false,
    load: () => import('../lab/command.ts'),
  },
  {
    name: 'lab status',
    says: 'which hosts of the lab run, and how to log in',
    example: 'upkeep lab status',
    options: {},
    estate: false,
    load: () => import('../lab/command.ts'),
  },
]
