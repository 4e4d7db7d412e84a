import type { Command } from './command.ts'
import { cleanupCommands } from './commands-cleanup.ts'
import { stackCommands } from './commands-stack.ts'

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
    name: 'patrol',
    says: 'inspect hosts, one round trip each: what is beyond a limit, new, open or closed',
    example: 'upkeep patrol --system erp',
    options: {
      system,
      nagios: {
        type: 'boolean',
        says: 'print and end as a Nagios plugin: 0, 1, 2, 3, with performance data',
      },
      report: {
        type: 'string',
        value: 'FILE',
        says: 'also write a health report: one HTML file, prints to A4',
      },
      language: { type: 'string', value: 'zh|en', says: 'of the report: Chinese or English (default: en)' },
      mail: { type: 'boolean', says: 'mail it to the owner and the engineers of each system' },
      metrics: {
        type: 'string',
        value: 'DIRECTORY',
        says: 'also write a file for each system for the textfile collector of Prometheus',
      },
    },
    estate: true,
    load: () => import('./patrol.ts'),
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
    name: 'patch expire',
    says: 'remove what rollouts left and the estate keeps no longer: snapshots, packages, files on hosts',
    example: 'upkeep patch expire --dry-run',
    options: { 'dry-run': { type: 'boolean', says: 'only say what is held and when it expires' } },
    estate: true,
    load: () => import('./patch.ts'),
  },
  {
    name: 'patch reviewed',
    says: 'record that another person has reviewed a soak that was shortened',
    example: 'upkeep patch reviewed --rollout erp-20261121-103000 --reason "it was right"',
    options: {
      rollout: { type: 'string', value: 'ID', says: 'the rollout whose soak was shortened' },
      reason: { type: 'string', value: 'TEXT', says: 'what the review found, for the journal' },
    },
    estate: true,
    load: () => import('./patch.ts'),
  },
  {
    name: 'resume',
    says: 'go on with rollouts: after a soak, in a window, after a crash; made for a timer',
    example: 'upkeep resume',
    options: {
      rollout: { type: 'string', value: 'ID', says: 'only this one' },
      'go-on': { type: 'string', value: 'REASON', says: 'let a stopped rollout go on, and why' },
      expedite: {
        type: 'string',
        value: 'REASON',
        says: 'end the soak of this rollout now, and why; open until another person has reviewed it',
      },
    },
    estate: true,
    load: () => import('./resume.ts'),
  },
  {
    name: 'stop',
    says: 'start no more hosts; those in flight are finished or undone, also while a controller is at work',
    example: 'upkeep stop --reason "users report wrong totals"',
    options: {
      rollout: { type: 'string', value: 'ID', says: 'only this one' },
      reason: { type: 'string', value: 'TEXT', says: 'why, for the journal' },
      end: {
        type: 'boolean',
        says: 'and end the rollout, so that later systems and plans need not wait for it',
      },
    },
    estate: true,
    load: () => import('./stop.ts'),
  },
  {
    name: 'settle',
    says: 'show what is known of an unknown or stuck host, and record what a person says it is',
    example: 'upkeep settle erp-db1 --as undone --reason "restored by hand"',
    operands: 'HOST',
    options: {
      as: { type: 'string', value: 'done|undone', says: 'patched, or as before; without it, only look' },
      reason: { type: 'string', value: 'TEXT', says: 'how you know, for the journal' },
      rollout: {
        type: 'string',
        value: 'ID',
        says: 'in this rollout (default: the newest in which it is so)',
      },
    },
    estate: true,
    load: () => import('./settle.ts'),
  },
  {
    name: 'rollback',
    says: 'take patched hosts back to the old packages (rows are kept), or one to its snapshot, once it is agreed what that loses',
    example: 'upkeep rollback --rollout erp-20261121-103000 --reason "wrong totals"',
    options: {
      rollout: { type: 'string', value: 'ID', says: 'the rollout to take back' },
      host: { type: 'string', multiple: true, value: 'NAME', says: 'only this host; may be repeated' },
      way: {
        type: 'string',
        value: 'packages|snapshot',
        says: 'packages (default), or the snapshot of one host: counts, dumps and asks what is lost first',
      },
      lose: {
        type: 'string',
        value: 'N',
        says: 'with --way snapshot: agree to lose the number of transactions that was shown',
      },
      reason: { type: 'string', value: 'TEXT', says: 'why, for the journal' },
    },
    estate: true,
    load: () => import('./rollback.ts'),
  },
  ...cleanupCommands,
  {
    name: 'schedule show',
    says: 'see what timers of this machine start by the estate (inspections, clean-ups, resume) and when next',
    example: 'upkeep schedule show --units',
    options: { units: { type: 'boolean', says: 'also the text of each systemd unit' } },
    estate: true,
    load: () => import('./schedule.ts'),
  },
  {
    name: 'schedule install',
    says: 'make the timers of this machine those of the estate; units of others are never touched',
    example: 'upkeep schedule install --dry-run',
    options: { 'dry-run': { type: 'boolean', says: 'only say what would change' } },
    estate: true,
    load: () => import('./schedule.ts'),
  },
  {
    name: 'schedule remove',
    says: 'take those timers away, and nothing else; what they have started goes on to its end',
    example: 'upkeep schedule remove',
    options: { 'dry-run': { type: 'boolean', says: 'only say what would be removed' } },
    estate: true,
    load: () => import('./schedule.ts'),
  },
  {
    name: 'calendar',
    says: "the year's plan: monthly checklist, quarterly deep check, half-yearly upgrade, yearly assessment",
    example: 'upkeep calendar --year 2027 --ics plan-2027.ics',
    options: {
      year: { type: 'string', value: 'YEAR', says: 'of this year (default: the one that it is)' },
      ics: { type: 'string', value: 'FILE', says: 'also write it here, for calendar programs' },
    },
    estate: true,
    load: () => import('./calendar.ts'),
  },
  {
    name: 'journal show',
    says: 'what was done, when, why, by whom, with which result',
    example: 'upkeep journal show --rollout erp-20261121-103000',
    options: {
      rollout: { type: 'string', value: 'ID', says: 'only this rollout' },
      cleanup: { type: 'string', value: 'ID', says: 'only this clean-up' },
    },
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
  ...stackCommands,
  {
    name: 'lab up',
    says: 'bring up real throw-away hosts on this machine: an ERP, an OA, a repository, mail',
    example: 'upkeep lab up',
    options: {
      cloud: {
        type: 'boolean',
        says: 'also a cloud: moto, and the Pulumi engine (built once if it can not be fetched)',
      },
    },
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
