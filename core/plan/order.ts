import type { Problem } from '../../schemas/problem.ts'
import { isDriven } from '../estate/hosts.ts'

type Placed = { readonly name: string; readonly roles: readonly string[] }

/**
 * Groups hosts by the levels of their roles, first level first; a host with several roles goes with the last of them.
 * `levels` is the topological order of the roles.
 */
export function byLevel(
  hosts: readonly Placed[],
  levels: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const levelOf = (host: Placed) =>
    Math.max(...host.roles.map((role) => levels.findIndex((level) => level.includes(role))))
  return levels
    .map((_, index) => hosts.filter((host) => levelOf(host) === index).map((host) => host.name))
    .filter((group) => group.length > 0)
}

/**
 * Cuts production into waves: sizes are taken in turn (numbers, or shares of all hosts), the last repeats; no wave
 * spans two levels, and where a level has several hosts no wave takes all of them, so that the role keeps serving.
 */
export function wavesOf(
  hosts: readonly Placed[],
  levels: readonly (readonly string[])[],
  sizes: readonly (number | string)[],
): readonly (readonly string[])[] {
  const waves: string[][] = []
  for (const level of byLevel(hosts, levels)) {
    const most = Math.max(1, level.length - 1)
    let rest = [...level]
    while (rest.length > 0) {
      const size = sizes[Math.min(waves.length, sizes.length - 1)] ?? 1
      const wished =
        typeof size === 'number' ? size : Math.ceil((hosts.length * Number.parseInt(size, 10)) / 100)
      const take = Math.max(1, Math.min(wished, most))
      waves.push(rest.slice(0, take))
      rest = rest.slice(take)
    }
  }
  return waves
}

/** Hosts that no playbook may change, each with the sentence that says why. */
export function withoutDriver(
  hosts: readonly { readonly name: string; readonly packages: string }[],
): readonly Problem[] {
  return hosts
    .filter((host) => !isDriven(host))
    .map((host) => ({
      code: 'host/no-driver',
      what: `Upkeep has no driver for the packages of this host (${host.packages}), so it is not changed.`,
      where: host.name,
      fix: 'Patch it by hand in the window of its system.',
    }))
}
