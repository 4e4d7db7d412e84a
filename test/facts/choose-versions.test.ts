import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'

import { scriptText } from '../../playbooks/facts/answer.ts'

const dir = mkdtempSync(join(tmpdir(), 'upkeep-choose-'))
after(() => rmSync(dir, { recursive: true }))
const chooser = await scriptText('choose-versions.awk')

writeFileSync(
  join(dir, 'files'),
  `Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://s bookworm-security/main amd64 Packages
     release v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64
     origin s
 500 http://m bookworm/main amd64 Packages
     release v=12.9,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin m
 500 http://e erp/main amd64 Packages
     release o=ERP,a=erp,n=erp,l=ERP updates,c=main,b=amd64
     origin e
Pinned packages:
`,
)
const security = 'http://s bookworm-security/main amd64 Packages'
const main = 'http://m bookworm/main amd64 Packages'
const erp = 'http://e erp/main amd64 Packages'

type Version = readonly [version: string, priority: number, ...indexes: readonly string[]]

/** A version table as `apt-cache policy` prints it; the installed version is marked by its place `at`. */
function table(candidate: string, at: number, ...versions: readonly Version[]): string {
  const lines = versions.flatMap(([version, priority, ...indexes], index) => [
    `${index === at ? ' ***' : '    '} ${version} ${priority}`,
    ...indexes.map((name) => `        ${priority} ${name}`),
    ...(index === at ? ['        100 /var/lib/dpkg/status'] : []),
  ])
  const installed = versions[at]?.[0] ?? '(none)'
  return `p:\n  Installed: ${installed}\n  Candidate: ${candidate}\n  Version table:\n${lines.join('\n')}\n`
}

function choose(only: string, text: string, origins = ''): string {
  writeFileSync(join(dir, 'table'), text)
  const argv = ['-v', `only=${only}`, chooser, join(dir, 'files'), join(dir, 'table')]
  const ran = spawnSync('awk', argv, { encoding: 'utf8', env: { ...process.env, origins } })
  assert.equal(ran.stderr, '')
  return ran.stdout.trim()
}

describe('which version of a package is wanted', () => {
  const cases: readonly (readonly [
    why: string,
    only: string,
    table: string,
    expected: string,
    origins?: string,
  ])[] = [
    [
      'the security version',
      'security',
      table('2', 0 + 1, ['2', 500, security], ['1', 500, main]),
      'take p 2',
    ],
    ['nothing new', 'security', table('1', 0, ['1', 500, main, security]), ''],
    [
      'below a newer one that is not security',
      'security',
      table('3', 2, ['3', 500, main], ['2', 500, security], ['1', 500, main]),
      'take p 2',
    ],
    [
      'the newest of both when all are wanted',
      'all',
      table('3', 2, ['3', 500, main], ['2', 500, security], ['1', 500, main]),
      'take p 3',
    ],
    ['not security', 'security', table('2', 1, ['2', 500, main], ['1', 500, main]), 'stay p 1 not-security'],
    [
      'an origin that the estate counts as security',
      'security',
      table('2', 1, ['2', 500, erp], ['1', 500, main]),
      'take p 2',
      'Else\nERP',
    ],
    [
      'a label that the estate counts as security',
      'security',
      table('2', 1, ['2', 500, erp], ['1', 500, main]),
      'take p 2',
      'ERP updates',
    ],
    ['in both indexes', 'security', table('2', 1, ['2', 500, main, security], ['1', 500, main]), 'take p 2'],
    ['pinned away by the host', 'security', table('1', 1, ['2', -1, security], ['1', 500, main]), ''],
    [
      'installed version pinned by the host',
      'security',
      table('1', 1, ['2', 500, security], ['1', 1001, main]),
      '',
    ],
    [
      'a pin that asks for an older version',
      'all',
      table('1', 0, ['2', 500, main], ['1', 1001, main]),
      'stay p 2 downgrade',
    ],
    [
      'the same, security only',
      'security',
      table('1', 0, ['2', 500, main], ['1', 1001, main]),
      'stay p 2 downgrade',
    ],
    [
      'installed from nowhere, older than the index',
      'all',
      table('2', 1, ['2', 500, main], ['1', 100]),
      'take p 2',
    ],
    [
      'not installed',
      'all',
      'p:\n  Installed: (none)\n  Candidate: 1\n  Version table:\n     1 500\n        500 http://m bookworm/main amd64 Packages\n',
      '',
    ],
    [
      'told which versions are secure',
      'tell',
      table('3', 2, ['3', 500, main], ['2', 500, security, main], ['1', 500, main]),
      'secure p 2',
    ],
  ]
  for (const [why, only, text, expected, origins] of cases)
    test(why, () => assert.equal(choose(only, text, origins), expected))
})
