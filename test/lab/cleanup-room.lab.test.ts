import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { CleanupPlan } from '../../schemas/cleanup-plan.ts'
import { onlyHosts } from './cleanup-estate.ts'
import { onHost } from './oa.ts'
import { type OwnDisk, ownDisk } from './own-disk.ts'
import { type OwnEstate, ownEstate, upkeep } from './upkeep.ts'

const host = 'erp-test-web'
const volume = '/srv/volume'
const quarantine = `${volume}/.upkeep-quarantine`
const block = 4096
const writer = 'upkeep-test-writer.service'
const aged = { olderThan: '30d', ageBy: 'mtime' as const }
const rules = {
  exports: { where: [`${volume}/exports`], what: ['**/*.csv', 'session-*/'], ...aged },
  previews: { where: [`${volume}/cache`], what: ['**/*'], regenerable: true, ...aged },
}

/** Fills a directory: files with two names, both here or one elsewhere; one with a hole; names that shells, terminals and lists obey. */
const fill = (dir: string, plainBytes: number) => `
mkdir -p ${dir}/sub ${dir}/session-1 ${volume}/stays && cd ${dir}
bytes() { head -c "$1" /dev/urandom; }
bytes ${plainBytes} >plain.csv; bytes 1000000 >one.csv && ln one.csv sub/two.csv
bytes 2000000 >shared.csv && ln shared.csv ${volume}/stays/$(basename ${dir})
bytes 500000 >holes.csv && truncate -s 1G holes.csv && bytes 70000 >>holes.csv
for at in . session-1; do
  for name in -rf "$(printf 'line\\nbreak')" "$(printf '\\033[31mred')" "$(printf '\\377\\376')" "$(printf '\\033%.0s\\377' $(seq 125))x"
  do bytes 9000 >"$at/$name.csv"; done
done
# The longest that a file system takes, in bytes that are no text.
bytes 9000 >"$(printf '\\377%.0s' $(seq 251)).csv"
bytes 2500000 >open.csv
find . -exec touch -h -d '40 days ago' -- {} +`

const holders = `
bytes() { head -c "$1" /dev/urandom; }
cd ${volume} && bytes 4000000 >gone.log
systemd-run --quiet --unit=${writer} sh -c 'exec 3<${volume}/gone.log && rm ${volume}/gone.log && exec sleep 600'
systemd-run --quiet --unit=upkeep-test-reader sh -c 'exec 3<${volume}/exports/open.csv 4<${volume}/cache/open.csv && exec sleep 600'
while [ -e gone.log ] || [ "$(readlink /proc/"$(systemctl show -P MainPID upkeep-test-reader)"/fd/4)" != ${volume}/cache/open.csv ]; do sleep 0.1; done`

describe('what clean-up of a real host gives back', () => {
  let estate: OwnEstate
  let planFile: string
  let disk: OwnDisk | undefined

  before(async () => {
    disk = await ownDisk(96)
    await onHost(host, `mkdir -p ${volume}`)
    await disk.mountOn(host, volume)
    await onHost(
      host,
      `${fill(`${volume}/exports`, 9_000_001)}\n${fill(`${volume}/cache`, 3_000_001)}\n${holders}`,
    )
    estate = await ownEstate((own) => {
      onlyHosts(own, [host]).cleanup = { quarantine: '1d', rules }
    })
    planFile = join(estate.dir, 'cleanup.json')
  })
  after(async () => {
    await onHost(
      host,
      `systemctl stop ${writer} upkeep-test-reader 'upkeep-purge-*.timer'
       umount ${volume} && rmdir ${volume}; rm -rf /var/lib/upkeep/cleanup /run/systemd/system/upkeep-purge-*`,
    )
    await disk?.remove()
    await estate.remove()
  })

  /** Bytes that nobody has, as statvfs says it, with all that was done on the disk. */
  const freeBytes = async () =>
    Number(await onHost(host, `sync -f ${volume} && stat -f -c '%f %S' ${volume} | awk '{ print $1 * $2 }'`))

  /** Moves the end of the quarantine, and its timer with it, from tomorrow to a few seconds from now; gives what systemd then did. */
  async function soon(cleanup: string): Promise<string> {
    const listed = await onHost(
      host,
      `systemctl list-units --all --plain --no-legend 'upkeep-purge-${cleanup}-*.timer'`,
    )
    const [timer = ''] = listed.split(' ')
    // A minute after the time that the estate gives it.
    assert.match(await onHost(host, `systemctl show -p TimersMonotonic ${timer}`), /OnActiveUSec=1d 1min ;/)
    const unit = timer.replace(/timer$/, 'service')
    return onHost(
      host,
      `set -e
       now=$(date +%s) up=$(cut -d. -f1 /proc/uptime)
       time=$(ls ${quarantine}/*/until); read -r until boot after <"$time"
       [ $((until - now)) -gt 86000 ] && [ $((after - up)) -gt 86000 ]
       echo "$((now + 1)) $boot $((up + 1))" >"$time"
       began=$(systemctl show -P ActiveEnterTimestampMonotonic ${timer})
       mkdir /run/systemd/system/${timer}.d
       printf '[Timer]\\nOnActiveSec=\\nOnActiveSec=%ds\\nAccuracySec=100ms\\n' $((up - began / 1000000 + 3)) >/run/systemd/system/${timer}.d/soon.conf
       systemctl daemon-reload
       for i in $(seq 200); do [ -n "$(ls ${quarantine})" ] || [ "$(systemctl show -P ActiveState ${unit})" != inactive ] || break; sleep 0.1; done
       journalctl --sync; journalctl -q -o cat -u ${unit}`,
    )
  }

  // Fault, clean up: nobody comes back to a host whose quarantine is over. Outcome: its own systemd empties it, and the file system has what the plan promised.
  test('the plan promises what statvfs gives back: at once, and when systemd has emptied the quarantine by itself', async (t) => {
    const free = await freeBytes()
    const planned = await upkeep(['cleanup', 'plan', '--system', 'erp', '--out', planFile], {
      estate: estate.path,
    })
    assert.equal(planned.code, 0, planned.stdout + planned.stderr)
    const plan = JSON.parse(await readFile(planFile, 'utf8')) as CleanupPlan
    const found = plan.hosts[0]?.found.rules ?? []
    const promised = (name: string) => found.find((row) => row.name === name)?.bytes ?? 0
    const holder = plan.hosts[0]?.found.deletedButOpen.processes.find(({ unit }) => unit === writer)
    assert.ok(holder)
    assert.deepEqual([holder.command, holder.files, holder.largest], ['sleep', 1, `${volume}/gone.log`])
    assert.match(
      planned.stdout.replace(/\s+/g, ' '),
      new RegExp(`sleep \\(process ${holder.pid}, ${writer}\\): 4.0 MB, ${volume}/gone.log`),
    )
    assert.deepEqual(
      found.map(({ name, files, trees, held }) => [name, files, trees, held?.map(({ why }) => why)]),
      [
        ['exports', 16, 1, ['open']],
        ['previews', 16, 0, ['open']],
      ],
    )

    const ran = await upkeep(['cleanup', 'run', '--plan', planFile], { estate: estate.path })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    const atOnce = (await freeBytes()) - free
    // Until it is emptied, a quarantine takes four blocks: its two directories, its list and its time.
    assert.equal(atOnce, promised('previews') - 4 * block)
    const said = ran.stdout.replace(/\s+/g, ' ')
    assert.match(said, /4\.7 MB given back, 10\.7 MB when the quarantine is emptied/)

    assert.match(await soon(plan.id), /^Started [^]*"gone": 1,[^]*Deactivated successfully/)
    const given = (await freeBytes()) - free
    t.diagnostic(
      `promised ${promised('previews')} at once and ${promised('exports')} later; given ${atOnce} and ${given - atOnce}`,
    )
    // Its upper directory stays.
    assert.equal(given, promised('previews') + promised('exports') - block)
    assert.equal(
      await onHost(host, `cd ${volume} && find . -type f -printf '%p %s\\n' | sort`),
      './cache/open.csv 2500000\n./exports/open.csv 2500000\n./stays/cache 2000000\n./stays/exports 2000000\n',
    )
    // Of what was deleted while it is open, clean-up gave nothing: the end of who has it does.
    await onHost(host, `systemctl stop ${writer}`)
    assert.equal((await freeBytes()) - free - given, holder.bytes)
  })
})
