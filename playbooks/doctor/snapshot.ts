import type { Host } from '../../connect/ssh.ts'
import type { ResolvedHost, ResolvedSystem } from '../../core/estate/resolved.ts'
import { type Check, failedCheck } from '../facts/doctor.ts'
import { mountOutside, mounts } from '../facts/mounts.ts'
import { snapshotsOf } from '../rollout/world.ts'
import { size } from '../show/size.ts'

/** Less room than this (bytes) for snapshots is worth a look; how much one rollout needs is in its plan. */
const littleRoom = 2 * 2 ** 30

/** Whether the driver that the estate names can take a whole snapshot of a host, and how much room there is. */
export async function snapshotHealth(
  system: ResolvedSystem,
  { name: host, outsideSnapshot }: ResolvedHost,
  connected: Host,
): Promise<readonly Check[]> {
  const driver = snapshotsOf(system)
  if (driver === null && system.policy.snapshots !== 'required') {
    return [{ check: 'snapshot', outcome: 'ok', said: 'none: the estate says to go without' }]
  }
  if (driver === null) {
    const fix = 'Name one under `snapshot`, or set patch.snapshots to "go-without".'
    return [{ check: 'snapshot', outcome: 'fail', said: 'the estate names no snapshot driver', fix }]
  }
  const answer = await driver.inspect(host)
  if (!answer.ok) return [failedCheck('snapshot', answer.problems)]
  const { freeBytes, leftOut } = answer.value
  if (leftOut.length > 0) {
    const said = `would leave out ${leftOut.join(', ')}`
    return [
      {
        check: 'snapshot',
        outcome: 'fail',
        said,
        fix: 'Make them plain directories, or move them out of the host.',
      },
    ]
  }
  const found = await mounts(connected)
  if (!found.ok) return [failedCheck('snapshot', found.problems)]
  const outside = mountOutside(host, found.value, outsideSnapshot)
  if (outside !== undefined) return [failedCheck('snapshot', [outside])]
  const said = `${driver.name}: ${size(freeBytes)} free`
  if (freeBytes >= littleRoom) return [{ check: 'snapshot', outcome: 'ok', said }]
  return [{ check: 'snapshot', outcome: 'warn', said, fix: 'Free space where the snapshots lie.' }]
}
