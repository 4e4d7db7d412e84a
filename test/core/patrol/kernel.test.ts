import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newerKernel } from '../../../core/patrol/kernel.ts'

const cases: readonly (readonly [
  says: string,
  running: string,
  installed: readonly string[],
  newer: string | null,
])[] = [
  ['by value', '6.1.0-28-amd64', ['6.1.0-9-amd64', '6.1.0-28-amd64', '6.1.0-30-amd64'], '6.1.0-30-amd64'],
  ['not when an older one is there', '6.1.0-30-amd64', ['6.1.0-9-amd64', '6.1.0-30-amd64'], null],
  [
    'not of another flavour',
    '6.1.0-28-amd64',
    ['6.9.0-1-rt-amd64', '6.1.0-30-cloud-amd64', '0-rescue-1f'],
    null,
  ],
  [
    'of another release of backports',
    '6.1.0-0.deb11.7-amd64',
    ['6.1.0-0.deb11.13-amd64'],
    '6.1.0-0.deb11.13-amd64',
  ],
  [
    'of RHEL, whose first build of a release sort -V puts last',
    '5.14.0-427.13.1.el9_4.x86_64',
    ['5.14.0-427.el9.x86_64', '5.14.0-427.13.1.el9_4.x86_64', '5.14.0-70.13.1.el9_0.x86_64'],
    null,
  ],
  [
    'of RHEL, a later build',
    '5.14.0-427.el9.x86_64',
    ['5.14.0-427.el9.x86_64', '5.14.0-427.13.1.el9_4.x86_64'],
    '5.14.0-427.13.1.el9_4.x86_64',
  ],
  ['of Fedora, over a release', '6.5.6-300.fc39.x86_64', ['6.8.5-301.fc40.x86_64'], '6.8.5-301.fc40.x86_64'],
  ['not the one for debugging', '5.14.0-70.el9.x86_64', ['5.14.0-99.el9.x86_64+debug'], null],
  ['not before its release', '6.9.0-amd64', ['6.9.0~rc1-amd64'], null],
  ['nor when none is shown', '6.1.0-28-amd64', [], null],
]

for (const [says, running, installed, newer] of cases)
  test(`a newer kernel is found ${says}`, () => {
    assert.equal(newerKernel(running, installed), newer)
    assert.equal(newerKernel(running, [...installed].reverse()), newer)
  })
