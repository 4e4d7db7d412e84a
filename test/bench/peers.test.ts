import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  doneByAnsible,
  doneByPyinfra,
  factsByPyinfra,
  peersDirectory,
  pinned,
  versionIn,
} from '../../bench/peers.ts'

const ansible = `wide-0001 | CHANGED | rc=0 >>
Connection to 127.0.1.1 closed.

wide-0002 | FAILED | rc=1 >>
non-zero return code
wide-0003 | UNREACHABLE! => {
    "changed": false,
    "msg": "wide-0009 | CHANGED | rc=0"
}
fleet-01 | CHANGED => {
    "cache_updated": false
}
fleet-02 | SUCCESS => {
    "changed": false
}
`

test('of what Ansible prints only hosts that are done count, each once', () => {
  assert.equal(doneByAnsible(ansible), 3)
  assert.equal(doneByAnsible(ansible + ansible), 3)
  assert.equal(doneByAnsible(''), 0)
})

const table = (success: string, error: string, same: string) => `--> Results:
    Operation             Hosts   Success   Error   No Change   
    server.shell (true)   1000    ${success}    ${error}       ${same}           
    Grand total           1000    ${success}    ${error}       ${same}           
`

test("of pyinfra's table of results the hosts count that changed or had nothing to change, and none that failed", () => {
  assert.equal(doneByPyinfra(table('1000', '-', '-')), 1000)
  assert.equal(doneByPyinfra(table('990', '10', '-')), 990)
  assert.equal(doneByPyinfra(table('-', '-', '1000')), 1000)
  assert.equal(doneByPyinfra('--> pyinfra error: no hosts'), 0)
})

test('of what pyinfra prints of facts a host counts once, and none of which it knows nothing', () => {
  const facts = `--> Fact data for: server.Kernel
{
    "wide-0001": "Linux",
    "wide-0002": null,
    "wide-0003": {
        "name": "x"
    }
}
--> Fact data for: hardware.Cpus
{
    "wide-0001": 2,
    "wide-0002": null
}
`
  assert.equal(factsByPyinfra(facts), 2)
  assert.equal(factsByPyinfra('--> pyinfra error: no such fact'), 0)
})

test('peers are pinned, and kept outside the project', () => {
  for (const one of pinned) assert.match(one, /^[a-z-]+==\d+(\.\d+)+(\.post\d+)?$/)
  assert.equal(
    peersDirectory({ XDG_CACHE_HOME: '/c' }),
    `/c/upkeep/bench/${pinned.join('+').replaceAll('==', '-')}`,
  )
  assert.equal(versionIn('ansible [core 2.19.14]\n  config file = None\n'), 'ansible core 2.19.14')
})
