/** One table of exit codes: what `upkeep` answers to the shell, and what it means. Codes are never reused. */
export const exitCodes = {
  ok: { code: 0, means: 'done, or nothing is due now (then it says when)' },
  internal: { code: 1, means: 'a fault of Upkeep itself; please report it' },
  usage: { code: 2, means: 'the command line was not understood' },
  input: { code: 3, means: 'a file (estate, plan) or a fact has problems; each is listed' },
  refused: {
    code: 4,
    means: 'a gate or a rule refused: untested, unsigned, no driver, no backup; a person must open it',
  },
  stale: { code: 5, means: 'the plan, the store or a host changed since the plan was made' },
  'host-key': { code: 6, means: 'a host key is unknown, changed or revoked; nothing was sent' },
  lease: { code: 7, means: 'another controller is at work' },
  journal: {
    code: 8,
    means: 'the journal, or the lease beside it, is damaged or can not be written; nothing more was begun',
  },
  unreachable: { code: 9, means: 'a host could not be reached or did not let us in' },
  findings: {
    code: 10,
    means: 'an inspection found what is beyond a limit, or could not look; each is listed',
  },
  stopped: { code: 20, means: 'the rollout stopped; what had begun was undone' },
  unknown: { code: 21, means: 'how a step ended is not known; `upkeep resume` looks again' },
  stuck: { code: 22, means: 'a host is neither patched nor undone: a person must act now' },
  interrupted: { code: 130, means: 'interrupted; the hosts go on by themselves, `upkeep resume` takes over' },
} as const

/** Name of an exit code. */
export type ExitName = keyof typeof exitCodes

/** Exit codes from the best to the worst: what several pieces of work end with is the worst of them. */
const fromBestToWorst = [
  'ok',
  'findings',
  'lease',
  'interrupted',
  'refused',
  'input',
  'usage',
  'stale',
  'unreachable',
  'host-key',
  'stopped',
  'unknown',
  'journal',
  'internal',
  'stuck',
] as const satisfies readonly ExitName[]

/** The worst of some exit codes; `ok` of none. What a person must act on at once is the worst. */
export function worstExit(names: readonly ExitName[]): ExitName {
  return fromBestToWorst.findLast((name) => names.includes(name)) ?? 'ok'
}

/** The exit code for a problem, from the subject of its code. */
export function exitNameOf(problemCode: string): ExitName {
  if (problemCode.startsWith('usage/')) return 'usage'
  if (problemCode.startsWith('host/key-')) return 'host-key'
  if (problemCode === 'host/fenced') return 'lease'
  if (problemCode === 'host/no-driver') return 'refused'
  if (problemCode === 'fact/lost') return 'unreachable'
  if (problemCode === 'plan/stale' || problemCode.startsWith('store/')) return 'stale'
  if (/^(apt|archive|cleanup|dpkg|dnf|dump|rpm|gate|plan|schedule|snapshot|stack)\//.test(problemCode))
    return 'refused'
  // A lease that can not be written or read is no other controller at work: the disk of the journal is bad.
  if (problemCode === 'lease/not-written' || problemCode === 'lease/unreadable') return 'journal'
  if (problemCode.startsWith('lease/')) return 'lease'
  if (problemCode.startsWith('journal/')) return 'journal'
  if (problemCode.startsWith('host/')) return 'unreachable'
  return 'input'
}
