import type { Shell } from '../command.ts'

/** Who asks, as `user@machine`: who called sudo, or else who runs this. It is what they say: nothing here proves it. */
export function personOf({ env, user, machine }: Pick<Shell, 'env' | 'user' | 'machine'>): string {
  const called = env['SUDO_USER'] ?? ''
  return `${called === '' ? user : called}@${machine}`
}

/** Whether two are the same person, on whichever machine. */
export function isSamePerson(one: string, other: string): boolean {
  const userOf = (person: string) => person.slice(0, person.lastIndexOf('@'))
  return userOf(one) === userOf(other)
}
