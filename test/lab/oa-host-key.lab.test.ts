import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fingerprint } from '../../connect/known-hosts.ts'
import { labHost } from '../../lab/hosts.ts'
import { labPaths } from '../../lab/layout.ts'
import { onDisk, onHost, portalEstate } from './oa.ts'
import { labDir, type OwnEstate, upkeep } from './upkeep.ts'

const prod = labHost('oa-prod').address
const ops = labHost('ops').address
/** A log-in name that nobody else in the lab uses, so that the jump host's log tells us from others. */
const stranger = 'upkeep-key-test'

type Line = readonly [address: string, type: string, key: string]

/** The `type fingerprint` that a message shows for the ed25519 key of an address. */
function shown(lines: readonly Line[], address: string): string {
  const [, type, key = ''] = lines.find(([at, kind]) => at === address && kind === 'ssh-ed25519') ?? []
  return `${type} ${fingerprint(Buffer.from(key, 'base64'))}`
}

/** What sshd on a host logs while `work` goes on; by its name, for of a child that has ended the journal knows no unit. */
async function logged(host: string, work: () => Promise<void>): Promise<string> {
  const from = await onHost(host, "journalctl -t sshd -n 1 --show-cursor | sed -n 's/^-- cursor: //p'")
  await work()
  // Each work here leaves something; sshd and the journal write it in their own time.
  for (let tries = 0; ; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const log = await onHost(host, `journalctl -t sshd --after-cursor '${from.trim()}' -o cat`)
    if (tries === 12 || /\[preauth\]|Accepted/.test(log)) return log
  }
}

describe('a host key that is not the pinned one stops before anything is sent', () => {
  let estate: OwnEstate
  let known: readonly Line[]

  before(async () => {
    const text = await readFile(labPaths(labDir).knownHosts, 'utf8')
    known = text
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as unknown as Line)
    estate = await portalEstate((_, whole) => {
      whole.knownHosts = 'known_hosts'
    })
  })
  after(() => estate.remove())

  /** Pins these keys; then `patch plan` must end with exit 6 and what it says is answered. */
  async function refusedWith(pinned: readonly Line[]): Promise<string> {
    await writeFile(join(estate.dir, 'known_hosts'), `${pinned.map((line) => line.join(' ')).join('\n')}\n`)
    const words = ['patch', 'plan', '--system', 'oa', '--out', join(estate.dir, 'plan.json')]
    const ran = await upkeep(words, { estate: estate.path })
    assert.equal(ran.code, 6, ran.stdout + ran.stderr)
    return ran.stderr
  }

  /** The pinned key of one address taken from another host. */
  function mixedUp(address: string, of: string): readonly Line[] {
    const others = known
      .filter(([at, type]) => at === of && type === 'ssh-ed25519')
      .map(([, type, key]) => [address, type, key] as const)
    return [...known.filter(([at]) => at !== address), ...others]
  }

  test('the log shows a log-in where the key is right', async () => {
    await writeFile(join(estate.dir, 'known_hosts'), known.map((line) => line.join(' ')).join('\n'))
    const log = await logged('oa-prod', async () => {
      await upkeep(['doctor', '--system', 'oa'], { estate: estate.path })
    })
    assert.match(log, /Accepted publickey for upkeep/)
  })

  // Fault 14, links: the key of a host was changed.
  // Outcome: both fingerprints are told, and no log-in is tried.
  test('a changed key: both fingerprints, and no attempt to log in', async () => {
    const log = await logged('oa-prod', async () => {
      const said = await refusedWith(mixedUp(prod, ops))
      assert.match(said, /oa-prod \(10\.77\.0\.30:22\) {2}host\/key-changed/)
      assert.ok(said.includes(shown(known, prod)), `${said} shows the key of the host`)
      assert.ok(said.includes(shown(known, ops)), `${said} shows the pinned key`)
    })
    assert.doesNotMatch(log, /upkeep|Accepted|Failed|Invalid|authenticating/)
    assert.match(log, /10\.77\.0\.1 .*\[preauth\]/)
  })

  // Fault 14, links: the key of a host is not known.
  // Outcome: its fingerprint is told, and no log-in is tried.
  test('an unknown key: its fingerprint, that none is known, and no attempt to log in', async () => {
    const log = await logged('oa-prod', async () => {
      const said = await refusedWith(known.filter(([at]) => at !== prod))
      assert.match(said, /oa-prod \(10\.77\.0\.30:22\) {2}host\/key-unknown/)
      assert.match(said, /SHA256:[A-Za-z0-9+/]{43}.*none there/)
    })
    assert.doesNotMatch(log, /upkeep|Accepted|Failed|Invalid|authenticating/)
  })

  // Fault 14, links: the key of the jump host was changed.
  // Outcome: both fingerprints are told, and nothing goes further.
  test('a changed key of the jump host: both fingerprints, and nothing goes further', async () => {
    await estate.change((whole) => {
      const host = whole.systems['oa']?.hosts['oa-prod']
      assert.ok(host !== undefined && whole.jumpHosts?.['ops'] !== undefined)
      host.connection = { ...host.connection, jump: 'ops' }
      whole.jumpHosts['ops'].user = stranger
    })
    let behind = ''
    const log = await logged('ops', async () => {
      behind = await logged('oa-prod', async () => {
        const said = await refusedWith(mixedUp(ops, prod))
        assert.match(said, /ops \(10\.77\.0\.2:22\) {2}host\/key-changed/)
        assert.ok(said.includes(shown(known, ops)) && said.includes(shown(known, prod)), said)
      })
    })
    assert.ok(!log.includes(stranger), log)
    assert.equal(behind.trim(), '', 'the host behind it was not even called')
  })

  // Fault 14, links: the key of a host behind a jump host was changed. Outcome: no log-in is tried there.
  test('a changed key behind a jump host whose key is right: no attempt to log in there', async () => {
    await estate.change((whole) => {
      if (whole.jumpHosts?.['ops'] !== undefined) whole.jumpHosts['ops'].user = 'upkeep'
    })
    const log = await logged('oa-prod', async () => {
      const said = await refusedWith(mixedUp(prod, ops))
      assert.match(said, /oa-prod \(10\.77\.0\.30:22\) {2}host\/key-changed/)
      assert.ok(said.includes(shown(known, ops)) && said.includes(shown(known, prod)), said)
    })
    assert.doesNotMatch(log, /upkeep|Accepted|Failed|Invalid|authenticating/)
    assert.match(log, /10\.77\.0\.2 .*\[preauth\]/)
  })

  test('no journal was begun, and no plan written', async () => {
    assert.deepEqual(await onDisk(estate), [])
    await assert.rejects(readFile(join(estate.dir, 'plan.json')))
  })
})
