import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { labReset } from '../../lab/reset.ts'
import type { Event } from '../../schemas/event.ts'
import { eventsOf } from './erp.ts'
import { onHost } from './oa.ts'
import { type OwnEstate, ownEstate, type Ran, upkeep } from './upkeep.ts'

const testHost = 'erp-test-web'
const production = 'erp-app1'
const store = 'oa-prod'
const exports = '/srv/exports'
const archives = '/srv/archive'
const files = `
mkdir -p ${exports}/sub && cd ${exports}
for name in plain.csv -rf.csv 'a b.csv' "$(printf 'line\\nbreak.csv')" "$(printf '\\377\\376.csv')" sub/deep.csv
do printf '%s' "content of $name" >"./$name"; touch -d '40 days ago' "./$name"; done
chown 1234:4321 plain.csv && chmod 4640 plain.csv && touch -d '40 days ago' plain.csv
echo young >young.csv`
// Every byte of every file with owner, mode and time, but of what stays.
const look = `find . -type f ! -name young.csv -printf '%P %U:%G %m %s %T@\\0' | sort -z | tr '\\0\\n' '\\n?'
find . -type f ! -name young.csv -print0 | sort -z | xargs -0 sha256sum | cut -d ' ' -f 1`

describe('an archive on another host', () => {
  let estate: OwnEstate
  let planFile: string
  const was: Record<string, string> = {}

  before(async () => {
    await labReset([testHost, production, store])
    for (const host of [testHost, production]) {
      await onHost(host, files)
      was[host] = await onHost(host, `cd ${exports} && ${look}`)
    }
    await onHost(store, `mkdir -m 700 ${archives}`)
    estate = await ownEstate((own) => {
      const { erp } = own.systems
      assert.ok(erp)
      erp.hosts = Object.fromEntries(
        Object.entries(erp.hosts).filter(([name]) => name === testHost || name === production),
      )
      for (const key of ['probes', 'backup', 'databases', 'snapshot'] as const) delete erp[key]
      erp.patch = { snapshots: 'go-without' }
      erp.roles = { app: {}, balancer: {} }
      const which = { where: [exports], what: ['**/*.csv'], olderThan: '30d', ageBy: 'mtime' as const }
      const to = { host: store, directory: archives }
      erp.cleanup = { rules: { exports: { ...which, roles: ['app'], do: 'archive', to } } }
    })
    planFile = join(estate.dir, 'cleanup.json')
  })
  after(async () => {
    await labReset([testHost, production, store])
    await estate.remove()
  })

  async function plan(): Promise<Ran> {
    const words = ['cleanup', 'plan', '--system', 'erp', '--out', planFile]
    const planned = await upkeep(words, { estate: estate.path })
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    return planned
  }

  const run = (words: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
    upkeep(['cleanup', 'run', '--plan', planFile, ...words], { estate: estate.path, env })

  async function ofType(type: string, host: string): Promise<readonly Event['data'][]> {
    const events = await eventsOf(estate)
    return events.filter((one) => one.type === type && one.subject === host).map(({ data }) => data)
  }

  /** What the archive of a host gives back where it is unpacked. */
  async function unpacked(host: string): Promise<string> {
    const [archived] = await ofType('cleanup.archived', host)
    const file = String(archived?.['file'])
    const sum = (await onHost(store, `sha256sum '${file}' | cut -d ' ' -f 1; stat -c %s '${file}'`)).split(
      '\n',
    )
    assert.deepEqual(sum.slice(0, 2), [archived?.['sha256'], String(archived?.['bytes'])])
    return onHost(
      store,
      `rm -rf /srv/out && mkdir /srv/out && tar -xzpf '${file}' --same-owner -C /srv/out && cd /srv/out${exports} && ${look}`,
    )
  }

  const aside = (host: string) => onHost(host, `find /var/lib/upkeep/quarantine -mindepth 1 | wc -l`)

  // Fault, clean up: the controller is killed before an archive is sent, or when it is there and the source is not gone. Outcome: the same plan, run again, goes on.
  test('test hosts first, also by a controller that is killed: all of it lies on the other host before it goes here', async () => {
    const planned = await plan()
    assert.match(planned.stdout, new RegExp(`once it is archived in\\s+${store}:${archives}`))
    const before_ = await run([], { UPKEEP_KILL: 'after:4' })
    assert.equal(before_.code, null, before_.stdout + before_.stderr)
    assert.notEqual(await aside(testHost), '0\n')
    const between = await run([], { UPKEEP_KILL: 'after:2' })
    assert.equal(between.code, null, between.stdout + between.stderr)
    assert.equal((await ofType('cleanup.archived', testHost)).length, 1)
    assert.notEqual(await aside(testHost), '0\n', 'what is archived is not gone before the journal knows')
    const ran = await run()
    assert.equal(ran.code, 4, ran.stdout + ran.stderr)
    assert.match(ran.stderr, /gate\/cleanup-first-run/)
    assert.equal((await ofType('cleanup.archived', testHost)).length, 1, 'sent once')
    assert.equal(await unpacked(testHost), was[testHost])
    assert.equal(await aside(testHost), '0\n')
    assert.equal(await onHost(testHost, `cd ${exports} && find . -type f`), './young.csv\n')
    assert.equal(
      await onHost(store, `ls -A ${archives} | wc -l; stat -c '%a %U' ${archives}/*`),
      '1\n600 root\n',
    )
    assert.equal(await onHost(production, `cd ${exports} && ${look}`), was[production])
  })

  // Fault, clean up: the host of the archive is full. Outcome: nothing is gone, it is said, and the next run archives it.
  test('a full host of the archive loses nothing; the next run does it', async () => {
    const fill = `dd if=/dev/zero of=${archives}/filler bs=4k 2>/dev/null || :`
    await onHost(store, `mount -t tmpfs -o size=64k,mode=700 none ${archives} && ${fill}`)
    const full = await run(['--approve', 'exports', '--reason', 'looked at it'])
    assert.equal(full.code, 4, full.stdout + full.stderr)
    assert.match(full.stderr, /archive\/reserve/)
    assert.notEqual(await aside(production), '0\n')
    await onHost(store, `umount ${archives}`)
    const ran = await run()
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(await unpacked(production), was[production])
    assert.equal(await aside(production), '0\n')
    const [failed, done] = await ofType('cleanup.archive.ended', production)
    assert.deepEqual([failed?.['outcome'], done?.['outcome']], ['failed', 'done'])
    const again = await run()
    assert.equal(again.code, 0, again.stdout + again.stderr)
    assert.equal((await ofType('cleanup.archived', production)).length, 1)
    const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
    assert.equal(verified.code, 0, verified.stdout)
  })

  // Fault, clean up: the controller is killed before it recorded what a host put aside to be archived, and the next one has a new plan. Outcome: that run archives it.
  test('what a killed controller left on a host, the run of the next plan archives', async () => {
    await onHost(testHost, `cd ${exports} && echo late >late.csv && touch -d '40 days ago' late.csv`)
    await plan()
    const killed = await run([], { UPKEEP_KILL: 'before:3' })
    assert.equal(killed.code, null, killed.stdout + killed.stderr)
    assert.notEqual(await aside(testHost), '0\n')
    await plan()
    const ran = await run()
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.equal(await aside(testHost), '0\n')
    const [, late] = await ofType('cleanup.archived', testHost)
    assert.equal(await onHost(store, `tar -xzOf '${String(late?.['file'])}'`), 'late\n')
  })
})
