import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { labReset } from '../../lab/reset.ts'
import { conforms } from '../../schemas/load.ts'
import { PatrolOutput } from '../../schemas/patrol-output.ts'
import { erp } from './erp.ts'
import { onHost } from './oa.ts'
import { type OwnEstate, ownEstate, upkeep } from './upkeep.ts'

let estate: OwnEstate

type System = PatrolOutput['systems'][number]
type Figure = System['hosts'][number]['figures'][number]

async function patrol(): Promise<System> {
  const ran = await upkeep(['patrol', '--system', 'erp', '--json'], { estate: estate.path })
  assert.equal(ran.stderr, '')
  const told: unknown = JSON.parse(ran.stdout)
  assert.ok(conforms(PatrolOutput, told), ran.stdout)
  const [system] = told.systems
  assert.ok(system)
  return system
}

function figures(system: System, host: string, item: string): readonly Figure[] {
  return (system.hosts.find((one) => one.host === host)?.figures ?? []).filter((one) => one.item === item)
}

function said(of: readonly Figure[]): readonly string[] {
  return of.map((one) => `${one.of}=${one.state === 'seen' ? one.value : one.state}`)
}

function findings(system: System, item: string): readonly string[] {
  return system.findings
    .filter((one) => one.item === item)
    .map(({ state, level, host, of }) => `${state} ${level} ${host} ${of}`)
}

async function query(sql: string): Promise<string> {
  return onHost('erp-db1', `cd /; runuser -u postgres -- psql -X -Atc "${sql}" erp`)
}

/** How many lines the journal of a host has of a program since a time. */
async function journalled(host: string, identifier: string, since: string, pattern: string): Promise<number> {
  const script = `journalctl --sync; journalctl -o cat -t ${identifier} --since @${since} | grep -c -e '${pattern}' || true`
  return Number(await onHost(host, script))
}

describe('patrol of the ERP', () => {
  before(async () => {
    await labReset(erp)
    estate = await ownEstate()
  })
  after(async () => {
    await labReset(erp)
    await estate.remove()
  })

  test('sees a real primary and its standby, on two hosts and on one, in one execution each', async () => {
    const since = (await onHost('erp-db1', 'sleep 1; date +%s')).trim()
    const system = await patrol()
    assert.equal(await journalled('erp-db1', 'sshd', since, '^Accepted publickey'), 1)
    assert.equal(await journalled('erp-db1', 'upkeep-root', since, ''), 1)
    for (const [host, count] of [
      ['erp-db1', 1],
      ['erp-db2', 1],
      ['erp-test-db', 2],
    ] as const) {
      const answers = figures(system, host, 'database')
      assert.equal(answers.length, count, host)
      for (const { value } of answers) assert.equal(value, 0, host)
      assert.ok(
        figures(system, host, 'replication').every(({ value }) => value === 0),
        host,
      )
      assert.ok(figures(system, host, 'replicationLag').length > 0, host)
      for (const item of ['databaseConnections', 'oldestTransaction', 'wraparound', 'databaseLog'])
        for (const one of figures(system, host, item))
          assert.equal(one.state, 'seen', `${host} ${item} ${one.said}`)
    }
    for (const { host, problems } of system.hosts) {
      assert.deepEqual(problems, [], host)
      const [latency] = figures(system, host, 'latency')
      assert.ok(
        latency?.state === 'seen' && Number(latency.value) < 100,
        `${host} ${JSON.stringify(latency)}`,
      )
      assert.notEqual(figures(system, host, 'loss')[0]?.state, 'unknown', host)
    }
    assert.notEqual(figures(system, 'erp-db1', 'loss')[0]?.state, 'absent')
  })

  test('exercises the business functions of both rings on the real Tryton, step by step, and leaves nothing', async () => {
    const system = await patrol()
    assert.deepEqual(
      system.functions.map(({ ring }) => ring),
      ['test', 'production'],
    )
    for (const { ring, figures: of } of system.functions) {
      const functions = of.filter(({ item }) => item === 'functions')
      assert.deepEqual(said(functions), ['order-entry=0', 'new-customer=0'], ring)
      const steps = of.filter(({ item }) => item === 'stepTimes').map((one) => one.of)
      assert.ok(steps.includes('order-entry: sale.sale create'), `${ring} ${steps.join()}`)
    }
    assert.equal(
      (await query("select count(*) from party_party where name like 'upkeep-probe-%'")).trim(),
      '0',
    )
  })

  test('finds a standby that stopped and a function that broke, and calls them closed afterwards', async () => {
    await onHost('erp-db2', 'systemctl stop postgresql@15-main')
    await onHost('erp-test-web', 'systemctl stop tryton-server')
    const broken = await patrol()
    assert.deepEqual(
      findings(broken, 'replication').filter((one) => one.includes('erp-db1')),
      ['new critical erp-db1 5432'],
    )
    assert.deepEqual(findings(broken, 'database'), ['new critical erp-db2 5432'])
    assert.deepEqual(findings(broken, 'functions'), [
      'new critical erp/test new-customer',
      'new critical erp/test order-entry',
    ])
    await onHost('erp-db2', 'systemctl start postgresql@15-main')
    // It is started a while before it answers.
    const answers = 'for i in $(seq 300); do ss -ltn | grep -q :8000 && exit 0; sleep 0.2; done; exit 1'
    await onHost('erp-test-web', `systemctl start tryton-server; ${answers}`)
    await onHost(
      'erp-db1',
      `for i in $(seq 60); do [ "$(cd /; runuser -u postgres -- psql -XAtc "select count(*) from pg_stat_replication where state = 'streaming'")" = 0 ] || exit 0; sleep 0.5; done; exit 1`,
    )
    const mended = await patrol()
    assert.deepEqual(findings(mended, 'database'), ['closed critical erp-db2 5432'])
    // The first questions after its start load all of Tryton, which may be slow enough to be a finding of its own.
    let functions = findings(mended, 'functions')
    const isOpen = (one: string) => !one.startsWith('closed ')
    for (let again = 0; again < 3 && functions.some(isOpen); again += 1)
      functions = findings(await patrol(), 'functions')
    assert.deepEqual(functions.filter(isOpen), [])
  })

  test('counts slow queries that PostgreSQL notes in its log', async () => {
    await onHost(
      'erp-db1',
      `cd /; runuser -u postgres -- psql -Xqc "alter system set log_min_duration_statement = '1s'" -c 'select pg_reload_conf()'`,
    )
    await patrol()
    await query('select pg_sleep(1.2)')
    const system = await patrol()
    assert.deepEqual(said(figures(system, 'erp-db1', 'slowQueries')), ['5432=1'])
  })

  // Fault 20, hosts: on a real host somebody tries to log in under a name that is a line about root, and another one writes such
  // a line to the log. Outcome: tries with an account that does not exist, and no log-in of root.
  test('is not told of log-ins that never were', async () => {
    await patrol()
    const { address, key } = { address: '10.77.0.10', key: `${estate.dir}/key` }
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    const name = 'x from 1.1.1.1 port 1 ssh2 Accepted password for root from 6.6.6.6 port 22 ssh2'
    const options = [
      'BatchMode=yes',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'ConnectTimeout=5',
    ]
    spawnSync('ssh', ['-i', key, ...options.flatMap((one) => ['-o', one]), '-l', name, '--', address, 'true'])
    const forged = 'Accepted password for root from 6.6.6.6 port 22 ssh2'
    await onHost(
      'erp-lb',
      `runuser -u nobody -- logger -t 'sshd[1]' '${forged}'; logger -t sshd '${forged}'; journalctl --sync`,
    )
    const system = await patrol()
    assert.deepEqual(said(figures(system, 'erp-lb', 'rootLogins')), ['=0'])
    assert.deepEqual(said(figures(system, 'erp-lb', 'newAddresses')), ['=0'])
    assert.deepEqual(findings(system, 'unknownAccounts'), ['new warning erp-lb '])
  })

  test('finds root that logs in by password, and a log-in after five failures', async () => {
    await onHost(
      'erp-lb',
      `printf 'PermitRootLogin yes\\nPasswordAuthentication yes\\nAllowUsers upkeep root\\n' > /etc/ssh/sshd_config.d/00-test.conf; sed -i /AllowUsers/d /etc/ssh/sshd_config.d/upkeep.conf; echo 'root:right' | chpasswd; systemctl reload ssh`,
    )
    await patrol()
    for (const password of ['a', 'b', 'c', 'd', 'e', 'right']) await tryPassword('10.77.0.10', password)
    await onHost('erp-lb', 'journalctl --sync')
    const system = await patrol()
    const source = (
      await onHost('erp-lb', "journalctl -o cat -t sshd -g '^Accepted password for root' -n 1")
    ).split(' ')[5]
    assert.deepEqual(findings(system, 'rootLogins'), [`new critical erp-lb root from ${source}`])
    assert.deepEqual(findings(system, 'loginsAfterFailures'), [`new critical erp-lb root from ${source}`])
    const again = await patrol()
    assert.deepEqual(findings(again, 'rootLogins'), [`closed critical erp-lb root from ${source}`])
  })
})

async function tryPassword(host: string, password: string): Promise<void> {
  const { Client } = await import('ssh2')
  await new Promise<void>((resolve) => {
    const client = new Client()
    client.once('ready', () => client.end())
    client.once('error', () => resolve())
    client.once('close', () => resolve())
    client.connect({ host, username: 'root', password, authHandler: ['password'], readyTimeout: 10_000 })
  })
}
