/** Seeds that once showed a bug of the core, and what that was; each is played again in every test run. */
export const shown: readonly (readonly [seed: number, bug: string])[] = [
  [356, 'a run that took over from a lost link began another host before it knew about the lost one'],
  [14520, 'a run that took over from a lost link on the way back took back another host beside it'],
  [48093, 'an answer about the backup never aged, once the clock had been put back'],
  [43518, 'a rollout ended while one of its hosts was about to begin'],
]
