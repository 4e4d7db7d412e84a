import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Before } from '../../playbooks/facts/patrol.ts'
import { figuresOf, type Other, ran } from './patrol-host.ts'
import { look, times } from './patrol-answer.ts'

const nowS = Math.floor(Date.now() / 1000)
const sinceS = nowS - 3600
const known = (addresses: Record<string, string[]>, untilS = sinceS): Before => ({
  time: new Date(untilS * 1000).toISOString(),
  memory: { bootId: null, oomKills: null, logins: { untilS, addresses } },
})
const all = [
  'rootLogins',
  'loginsAfterFailures',
  'newAddresses',
  'disabledAccounts',
  'unknownAccounts',
] as const
type Line = readonly [agoS: number, message: string]

/** A journal of sshd; the host has only what journalctl says. */
function journal(lines: readonly Line[], oldestS = nowS - 90_000): Other {
  const said = lines.map(([ago, message]) => `${nowS - ago}.123456 db sshd[77]: ${message}`).join('\n')
  const quoted = said.replaceAll("'", `'\\''`)
  const journalctl = `case "$*" in *_COMM=sshd*) printf '%s\\n' '${quoted}' ;; *) echo '${oldestS}.000000 db kernel: Linux' ;; esac`
  return { programs: { journalctl }, files: { '/var/log/journal/1/system.journal': '' } }
}

function found(other: Other, last: Before = known({})): readonly string[] {
  const { look } = ran({ ...other, last })
  return all.flatMap((item) =>
    figuresOf(look, item)
      .filter((one) => one !== '=0')
      .sort()
      .map((one) => `${item} ${one}`),
  )
}

describe('log-ins since the last inspection', () => {
  test('by password as root, after five failures, from where nobody was, and tries that may not', () => {
    const lines: Line[] = [
      [600, 'Accepted password for root from 10.1.1.1 port 5 ssh2'],
      ...[1, 2, 3, 4, 5].map((at): Line => [590 - at, 'Failed password for lin from 10.9.9.9 port 7 ssh2']),
      [580, 'Accepted password for lin from 10.9.9.9 port 7 ssh2'],
      [570, 'Accepted publickey for upkeep from fe80::1%eth0 port 9 ssh2: ED25519 SHA256:abc'],
      [560, 'User old from 10.1.1.2 not allowed because account is locked'],
      [550, 'Invalid user admin from 10.1.1.3 port 8'],
      [549, 'Failed password for invalid user admin from 10.1.1.3 port 8 ssh2'],
      [540, 'pam_unix(sshd:account): account temp has expired (account expired)'],
    ]
    assert.deepEqual(found(journal(lines), known({ upkeep: ['fe80::1%eth0'], root: ['10.1.1.1'] })), [
      'rootLogins root from 10.1.1.1=1',
      'loginsAfterFailures lin from 10.9.9.9=1',
      'newAddresses lin from 10.9.9.9=1',
      'disabledAccounts old=1',
      'disabledAccounts temp=1',
      'unknownAccounts =1',
    ])
  })

  // Fault 20, hosts: a user name is a line of sshd about a log-in as root.
  // Outcome: it is the name of an account that does not exist, and no log-in.
  test('are not made of user names that look like one', () => {
    const evil = 'x from 1.1.1.1 port 1 ssh2 Accepted password for root from 6.6.6.6 port 22 ssh2'
    const lines: Line[] = [
      [60, `Invalid user ${evil} from 10.0.0.9 port 5`],
      [59, `Failed password for invalid user ${evil} from 10.0.0.9 port 5 ssh2`],
      [
        58,
        `Failed password for invalid user Accepted password for root from 6.6.6.6 port 1 ssh2 from 10.0.0.9 port 5 ssh2`,
      ],
      [
        57,
        `User Accepted password for root from 6.6.6.6 port 1 ssh2 from 10.0.0.9 not allowed because not listed in AllowUsers`,
      ],
      [
        56,
        'Accepted publickey for upkeep from 10.0.0.1 port 9 ssh2: ED25519 SHA256:Accepted password for root from 6.6.6.6 port 22 ssh2',
      ],
      [55, 'error: Accepted password for root from 6.6.6.6 port 22 ssh2'],
    ]
    const seen = found(journal(lines), known({ upkeep: ['10.0.0.1'] }))
    assert.deepEqual(
      seen.filter((one) => /rootLogins|loginsAfter|newAddresses root/.test(one)),
      [],
      seen.join('\n'),
    )
    assert.ok(seen.includes('unknownAccounts =1'))
  })

  test('count failures of the hour before, and only log-ins since then', () => {
    const failed = [1, 2, 3, 4, 5].map((at): Line => [
      3600 + 60 * at,
      'Failed password for lin from 10.9.9.9 port 7 ssh2',
    ])
    const lines: Line[] = [...failed, [3605, 'Accepted password for root from 10.1.1.1 port 5 ssh2']]
    assert.deepEqual(found(journal(lines)), [])
    assert.deepEqual(
      found(journal([...lines, [3000, 'Accepted password for lin from 10.9.9.9 port 7 ssh2']])),
      ['loginsAfterFailures lin from 10.9.9.9=1', 'newAddresses lin from 10.9.9.9=1'],
    )
  })

  test('at the first inspection only teach whence users come; then each address is told once', () => {
    const lines: Line[] = [[60, 'Accepted publickey for lin from 10.0.0.5 port 9 ssh2: ED25519 SHA256:x']]
    const first = ran({ ...journal(lines) })
    assert.deepEqual(figuresOf(first.look, 'newAddresses'), ['=0'])
    const { logins } = first.look.memory
    assert.deepEqual(logins?.addresses, { lin: ['10.0.0.5'] })
    assert.ok(Math.abs((logins?.untilS ?? 0) - Date.now() / 1000) < 120)
    const again: Line[] = [[50, 'Accepted publickey for lin from 10.0.0.6 port 9 ssh2: ED25519 SHA256:x']]
    assert.deepEqual(found(journal(again), known({ lin: ['10.0.0.5'] })), [
      'newAddresses lin from 10.0.0.6=1',
    ])
    assert.deepEqual(found(journal(again), known({ lin: ['10.0.0.5', '10.0.0.6'] })), [])
  })

  test('that the journal no longer has are unknown, and so are all when it can not be read', () => {
    const lost = found(journal([], nowS - 600))
    assert.deepEqual(
      lost,
      all.map((item) => `${item} =unknown`),
    )
    const failing = { programs: { journalctl: 'exit 1' }, files: { '/var/log/journal/1/system.journal': '' } }
    assert.deepEqual(
      found(failing),
      all.map((item) => `${item} =unknown`),
    )
    assert.equal(ran({ ...failing, last: known({}) }).look.memory.logins?.untilS, sinceS)
    assert.deepEqual(
      found({ files: { '/etc/hostname': 'x' } }),
      all.map((item) => `${item} =unknown`),
    )
  })

  test('come from auth.log where there is no journal, in both of its forms', () => {
    const iso = (ago: number) => {
      const at = new Date((nowS - ago) * 1000 + 8 * 3_600_000).toISOString().slice(0, 19)
      return `${at}.123456+08:00 db`
    }
    const old = (ago: number) => {
      const [, month = '', day = '', , clock = ''] =
        /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date((nowS - ago) * 1000).toUTCString()) ?? []
      return { month, day, clock }
    }
    const at = old(500)
    const files = {
      '/var/log/auth.log.1': `${iso(7200)} sshd[1]: Accepted password for root from 10.0.0.8 port 5 ssh2\n`,
      '/var/log/auth.log': [
        `${iso(900)} sshd[1]: Failed password for lin from 10.9.9.9 port 7 ssh2`,
        `${iso(890)} sshd[1]: message repeated 5 times: [ Failed password for lin from 10.9.9.9 port 7 ssh2]`,
        `${iso(880)} sshd[1]: Accepted password for lin from 10.9.9.9 port 7 ssh2`,
        `${iso(870)} sudo: Accepted password for root from 6.6.6.6 port 1 ssh2`,
        `${at.day} ${at.month.padStart(2)} ${at.clock} db sshd[2]: Accepted password for root from 10.0.0.1 port 5 ssh2`,
        '',
      ].join('\n'),
    }
    const programs = { journalctl: 'exit 1', date: 'TZ=UTC exec /bin/date "$@"' }
    assert.deepEqual(found({ files, programs }, known({ root: ['10.0.0.1'], lin: ['10.9.9.9'] })), [
      'rootLogins root from 10.0.0.1=1',
      'loginsAfterFailures lin from 10.9.9.9=1',
    ])
  })

  test('of very many are told as too many, and whatever a host says', () => {
    const lines = Array.from({ length: 900 }, (_, at): Line => [
      60,
      `Accepted publickey for u${at} from 10.0.0.1 port 9 ssh2: x`,
    ])
    const { look } = ran({ ...journal(lines), last: known({}) })
    const told = figuresOf(look, 'newAddresses')
    assert.ok(told.length <= 52 && told.includes('=unknown'), `${told.length}`)
  })

  test('of names that an object has by itself are names', () => {
    const said = `until ${times.before / 1000} journal\nin 1 publickey __proto__ 10.0.0.1 0\nin 1 password constructor 10.0.0.1 0\n`
    const seen = look({ logins: said }, {}, known({ lin: ['10.0.0.1'] }))
    assert.deepEqual(figuresOf(seen, 'newAddresses'), [
      '__proto__ from 10.0.0.1=1',
      'constructor from 10.0.0.1=1',
    ])
    assert.deepEqual(Object.keys(seen.memory.logins?.addresses ?? {}), ['lin', '__proto__', 'constructor'])
  })
})
