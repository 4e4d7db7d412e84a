import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import { complaint } from './complaint.ts'
import { hasDriver, hostsOf } from './hosts.ts'

/** Heads go to places, and not only to hosts of which the controller is root: there it could rewrite them. */
export function* headsArePlacedWell(loaded: LoadedEstate): Generator<Placed> {
  const { heads } = loaded.estate.journal ?? {}
  if (heads === undefined) return
  const places = Object.values(heads.to)
  if (places.length === 0) {
    const what = 'The heads of the journal are signed and kept nowhere'
    const fix = 'Name a place: "to: {archive: {ssh: {address: ...}}}".'
    yield complaint(loaded, ['journal', 'heads', 'to'], { code: 'heads-kept-nowhere', what, fix }, 'key')
    return
  }
  const patched = new Set(hostsOf(loaded.estate).flatMap(({ name, host }) => (hasDriver(host) ? [name] : [])))
  if (!places.every(({ host }) => host !== undefined && patched.has(host.name))) return
  const what =
    'Every head of the journal goes to a host that Upkeep patches, so who holds the controller is root there and can rewrite it'
  const fix = 'Add a place of which Upkeep is not root: "ssh:" with a key that may only append, or a command.'
  yield complaint(loaded, ['journal', 'heads', 'to'], { code: 'heads-rewritable', what, fix }, 'key')
}
