import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removedBy } from '../../lab/tool-packages.ts'

test('what apt would remove besides the packages that it was told to is seen', () => {
  const simulation = [
    'The following packages will be REMOVED:',
    '  mine* systemd-container*',
    'Purg mine [1.0]',
    'Purg systemd-container:amd64 [252.39-1~deb12u1]',
    'Remv libnss-mymachines [252.39-1~deb12u1] []',
  ].join('\n')
  assert.deepEqual(removedBy(simulation), ['mine', 'systemd-container', 'libnss-mymachines'])
  assert.deepEqual(removedBy('0 upgraded, 0 newly installed, 0 to remove and 4 not upgraded.\n'), [])
})
