import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Host } from '../../connect/ssh.ts'
import { labReset } from '../../lab/reset.ts'
import { compareManifests, type Manifest, takeManifest } from '../../playbooks/facts/manifest.ts'
import { asRoot, labConnect, value } from './lab.ts'

describe('the manifest of a real host', () => {
  let host: Host
  before(async () => {
    await labReset(['oa-test'])
    host = await labConnect('oa-test')
  })
  after(() => host.close())

  async function settled(before: Manifest): Promise<readonly string[]> {
    for (let tries = 0; ; tries += 1) {
      const differences = compareManifests(before, value(await takeManifest(host)))
      if (differences.length === 0 || tries === 30) return differences
      await sleep(1000)
    }
  }

  test('is equal twice in a row, small and quick', async () => {
    const first = value(await takeManifest(host))
    const startedMs = Date.now()
    const second = value(await takeManifest(host))
    const tookMs = Date.now() - startedMs
    assert.deepEqual(compareManifests(first, second), [])
    assert.ok(JSON.stringify(first).length < 1 << 20)
    assert.ok(tookMs < 1500, `${tookMs} ms`)
    assert.equal(first.units['nginx.service'], 'running')
    assert.ok(first.ports.includes('tcp 0.0.0.0:80') && first.ports.includes('tcp 0.0.0.0:22'))
    assert.ok(first.etc['/etc/shadow'] !== undefined && Object.keys(first.packages).length > 100)
  })

  test('sees each thing that changed, and nothing else; is equal again when its subvolume is put back', async () => {
    const before = value(await takeManifest(host))
    await asRoot(
      host,
      `systemctl stop nginx && systemctl disable --quiet nginx
       sed -i --follow-symlinks 's/listen 80\\b/listen 8080/; s/80 default_server/8080 default_server/' /etc/nginx/sites-enabled/*
       chmod 600 /etc/hosts; chown 33 /etc/hostname; ln -sfn /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
       printf x >"$(printf '/etc/odd\\nname \\377')"; apt-mark hold nginx >/dev/null; apt-mark auto openssh-server >/dev/null
       systemd-run --quiet --unit=upkeep-mine sleep 60
       systemctl stop ssh.socket 2>/dev/null; rm -f /etc/ld.so.cache; ldconfig
       printf '[Service]\\nExecStart=/bin/sleep 999\\n' >/etc/systemd/system/late.service; systemctl daemon-reload; systemctl start late`,
    )
    const said = compareManifests(before, value(await takeManifest(host)))
    for (const expected of [
      /^\/etc\/odd\\x0aname \\xff: new$/,
      /^\/etc\/hosts: mode 644 -> 600$/,
      /^\/etc\/hostname: owner 0:0 -> 33:0$/,
      /^\/etc\/localtime: .*Tokyo/,
      /^\/etc\/nginx\/sites-.*: content changed$/,
      /^\/etc\/systemd\/system\/late\.service: new$/,
      /^hold nginx:amd64: new$/,
      /^mark auto openssh-server:amd64: new$/,
      /^port tcp 0\.0\.0\.0:80: gone$/,
      /^unit file nginx\.service: enabled -> not enabled$/,
      /^unit late\.service: not active -> running$/,
      /^unit nginx\.service: running -> not active$/,
    ])
      assert.ok(
        said.some((line) => expected.test(line)),
        `${expected} in ${said.join('\n')}`,
      )
    assert.ok(!said.some((line) => /ld\.so\.cache|upkeep-mine|session|apt-daily/.test(line)), said.join('\n'))

    host.close()
    await labReset(['oa-test'])
    host = await labConnect('oa-test')
    assert.deepEqual(await settled(before), [])
  })
})
