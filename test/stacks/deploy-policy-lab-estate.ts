import type { Estate } from '../../schemas/estate.ts'
import { image } from '../stand-in/scene-host.ts'

/** Has the lab's estate ask for a monitoring host. */
export function withMonitoring(estate: Estate): void {
  estate.cloudMonitoring = {
    account: '123456789012',
    region: 'ap-southeast-1',
    zone: 'ap-southeast-1a',
    image,
    hosts: ['10.77.0.0/24'],
    open: [{ to: 'prometheus', from: '10.77.0.0/24' }],
    bucket: 'upkeep-lab-123456789012-monitoring',
    runbooks: 'https://git.example.com/ops/upkeep/docs/runbooks/',
  }
}

/** Has the lab's estate ask for maintenance windows. */
export function withWindows(estate: Estate): void {
  estate.windows = {
    night: { days: ['sunday', 'saturday'], start: '22:30', duration: '6h', cutoff: '2h' },
    early: { days: ['sunday'], start: '03:00', duration: '1h', timeZone: 'Europe/Berlin' },
  }
  for (const [name, window] of [
    ['erp', 'night'],
    ['oa', 'early'],
  ] as const)
    Object.assign(estate.systems[name] ?? {}, { window })
  estate.cloudWindows = { account: '123456789012', region: 'ap-southeast-1' }
}
