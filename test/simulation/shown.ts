/** Seeds that once showed a bug of the core, and what that was; each is played again in every test run. */
export const shown: readonly (readonly [seed: number, bug: string])[] = []
