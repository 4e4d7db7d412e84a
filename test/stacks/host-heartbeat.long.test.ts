import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { hostMachine } from './host-machine.ts'

// The script of the monitoring host, run by sh, beside a real Alertmanager of Debian; AWS is a program of the test.

const tells = 'aws cloudwatch put-metric-data --namespace Upkeep/acme --metric-name Watchdog --value 1'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('CloudWatch is told while Alertmanager has the alert that always fires, and not when it has not or is gone', async (context) => {
  const host = hostMachine({ aws: '' })
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  host.write('alertmanager.yml', 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n')
  mkdirSync(host.at('silences'))
  const alertmanager = spawn('prometheus-alertmanager', [
    `--config.file=${host.at('alertmanager.yml')}`,
    `--storage.path=${host.at('silences')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ])
  alertmanager.stderr.resume()
  context.after(() => alertmanager.kill('SIGKILL'))
  while (
    !(await fetch(`${url}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    ))
  )
    await wait(50)
  const beat = () => host.run('heartbeat.sh', { UPKEEP_NAMESPACE: 'Upkeep/acme', UPKEEP_ALERTMANAGER: url })
  const alert = (...words: readonly string[]) =>
    execFileSync('amtool', [`--alertmanager.url=${url}`, 'alert', 'add', ...words])

  const none = beat()
  assert.deepEqual([none.status, none.calls], [1, []])
  assert.match(none.stderr, /no Watchdog: no alert would come/)
  alert('alertname=DiskSpaceLow', 'says=Watchdog')
  assert.equal(beat().status, 1, 'another alert is not it')

  alert('alertname=Watchdog', 'severity=none')
  const there = beat()
  assert.deepEqual([there.status, there.calls], [0, [tells]], there.stderr)

  alertmanager.kill('SIGKILL')
  await once(alertmanager, 'exit')
  const gone = beat()
  assert.deepEqual([gone.status, gone.calls], [1, []])
})
