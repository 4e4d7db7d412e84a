import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allAtOnce } from '../../bench/case-apply.ts'
import { labHost } from '../../lab/hosts.ts'
import { fleetEstate } from '../lab/fleet-estate.ts'
import { upkeep } from '../lab/upkeep.ts'

test('the estate of the bench is a right one', async () => {
  const hosts = Array.from({ length: 8 }, (_, at) => ({
    ...labHost(at === 0 ? 'oa-test' : 'oa-prod'),
    name: `fleet-0${at + 1}`,
    address: `10.77.0.${101 + at}`,
  }))
  const estate = await fleetEstate(hosts, allAtOnce)
  try {
    const checked = await upkeep(['check'], { estate: estate.path })
    assert.equal(checked.code, 0, checked.stdout + checked.stderr)
  } finally {
    await estate.remove()
  }
})
