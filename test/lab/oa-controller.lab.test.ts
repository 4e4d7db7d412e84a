import assert from 'node:assert/strict'
import { hostname, userInfo } from 'node:os'
import { after, before, test } from 'node:test'
import { freshPair, onDisk, onHost, pair, planPair, policy, portalEstate, portalOn } from './oa.ts'
import { type OwnEstate, startUpkeep, upkeep } from './upkeep.ts'

let estate: OwnEstate

before(async () => {
  await freshPair()
  estate = await portalEstate((oa) => policy(oa, { rehearsal: 'none', soak: '1ms' }))
})
after(async () => {
  await freshPair()
  await estate.remove()
})

// Fault 12, controllers: two controllers at once.
// Outcome: the second is refused while the first lives, and takes over when that is killed.
test('a second controller is refused while the first lives, and takes over when that is killed with -9', async () => {
  const { file } = await planPair(estate)
  const first = startUpkeep(['patch', 'run', '--plan', file], { estate: estate.path })
  assert.ok(await first.says(/oa-test send .* package files/), first.said())
  const before_ = await onDisk(estate)
  for (const words of [['resume'], ['patch', 'run', '--plan', file]]) {
    const second = await upkeep(words, { estate: estate.path })
    assert.equal(second.code, 7, second.stdout + second.stderr)
    const who = `${userInfo().username} is at work on this estate from ${hostname()} (process ${first.pid})`
    assert.ok(second.stderr.includes(who), second.stderr)
  }
  first.kill('SIGKILL')
  assert.equal((await first.ended).code, null)
  const between = await onDisk(estate)
  assert.ok(between.length >= before_.length)
  assert.ok(!between.some(({ type }) => type === 'rollout.ended'))
  const verified = await upkeep(['journal', 'verify'], { estate: estate.path })
  assert.equal(verified.code, 0, verified.stdout)

  for (let runs = 0; runs < 3; runs += 1) {
    const ran = await upkeep(['resume'], { estate: estate.path })
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    if ((await onDisk(estate)).some(({ type }) => type === 'rollout.ended')) break
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  const events = await onDisk(estate)
  assert.equal(events.find(({ type }) => type === 'rollout.ended')?.data['outcome'], 'done')
  for (const host of pair) {
    assert.equal(await portalOn(host), '1.1')
    const upgrades = await onHost(host, `grep -c ' upgrade oa-portal:all 1.0 1.1$' /var/log/dpkg.log`)
    assert.equal(upgrades.trim(), '1', `${host}: nothing was done twice`)
  }
  const after_ = await upkeep(['journal', 'verify'], { estate: estate.path })
  assert.equal(after_.code, 0, after_.stdout)
})

test('a person takes it back later: what an admin has changed since is left, named, and no failure', async () => {
  const byHand = 'echo mine >/etc/mine; apt-mark hold nginx-common; systemctl stop apt-daily.timer'
  for (const host of pair) await onHost(host, byHand)
  const id = (await onDisk(estate)).find(({ type }) => type === 'rollout.started')?.data['rollout'] as string
  const words = ['rollback', '--rollout', id, '--reason', 'wrong totals']
  const ran = await upkeep(words, { estate: estate.path })
  assert.equal(ran.code, 0, ran.stdout + ran.stderr)
  assert.match(ran.stdout, new RegExp(`${id} rolled-back`))
  for (const host of pair) {
    assert.equal(await portalOn(host), '1.0')
    const left = await onHost(
      host,
      'cat /etc/mine; apt-mark showhold; systemctl is-active apt-daily.timer || true',
    )
    assert.equal(left, 'mine\nnginx-common\ninactive\n')
  }
  const compared = (await onDisk(estate)).filter(
    ({ type, data }) => type === 'step.ended' && data['step'] === 'manifest.compare-packages-back',
  )
  assert.equal(compared.length, pair.length)
  for (const { data } of compared) {
    assert.match(
      String(data['said']),
      /^equal to before, but for what somebody changed since: \/etc\/mine: new; hold nginx-common/,
    )
  }
  const again = await upkeep(words, { estate: estate.path })
  assert.equal(again.code, 3, again.stderr)
  assert.match(again.stderr, /input\/nothing-to-take-back/)
  for (const host of pair) await onHost(host, 'rm /etc/mine; apt-mark unhold nginx-common')
})

// Fault 9, hosts: a host has no space, or no way to root. Outcome: doctor says so.
test('doctor finds the pair well, and a host without its way to root or without space not', async () => {
  const well = await upkeep(['doctor', '--system', 'oa'], { estate: estate.path })
  assert.equal(well.code, 0, well.stdout + well.stderr)
  for (const host of pair) assert.ok(well.stdout.includes(host), well.stdout)
  assert.match(well.stdout, /apt-daily/)

  assert.match(await failedChecks('mv /etc/sudoers.d/upkeep /root/'), /^oa-test: .*(sudo|root)/)
  await onHost('oa-test', 'mv /root/upkeep /etc/sudoers.d/')
  const small = 'mkdir -p /boot && mount -t tmpfs -o size=20m,nr_inodes=1000 none /boot'
  assert.match(await failedChecks(small), /^oa-test: space \/boot: 0\.0 GiB free/)
  await onHost('oa-test', 'umount /boot')
})

/** What doctor finds wrong, a line each, once this was done to the test host. */
async function failedChecks(done: string): Promise<string> {
  await onHost('oa-test', done)
  const ill = await upkeep(['doctor', '--system', 'oa', '--json'], { estate: estate.path })
  assert.notEqual(ill.code, 0)
  type Answer = {
    ok: boolean
    hosts: { host: string; checks: { check: string; outcome: string; said: string }[] }[]
  }
  const answer = JSON.parse(ill.stdout) as Answer
  assert.equal(answer.ok, false)
  const failed = answer.hosts.flatMap(({ host, checks }) =>
    checks.filter(({ outcome }) => outcome === 'fail').map(({ check, said }) => `${host}: ${check}: ${said}`),
  )
  assert.ok(failed.length > 0 && failed.every((line) => line.startsWith('oa-test:')), failed.join('\n'))
  return failed.join('\n')
}
