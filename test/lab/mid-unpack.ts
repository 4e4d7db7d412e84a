import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { onHost } from './oa.ts'

/** From now on dpkg stops for so many seconds when the new portal is unpacked and not configured. */
export async function slowUnpack(host: string, seconds: number): Promise<void> {
  const hook = [
    '#!/bin/sh',
    `[ "$(dpkg-query -W -f '\${db:Status-Status}' oa-portal)" = unpacked ] || exit 0`,
    'touch /run/mid-unpack',
    `sleep ${seconds}`,
  ]
  await onHost(
    host,
    `cat >/usr/local/sbin/slow <<'HOOK'\n${hook.join('\n')}\nHOOK
     chmod 755 /usr/local/sbin/slow; echo 'post-invoke=/usr/local/sbin/slow' >/etc/dpkg/dpkg.cfg.d/slow`,
  )
}

/** Waits until a host with a slow dpkg is there. */
export async function midUnpack(host: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if ((await onHost(host, 'ls /run/mid-unpack 2>/dev/null || true')) !== '') return
    await sleep(100)
  }
  assert.fail('the package was never unpacked')
}

/** How often a host's dpkg says that it upgraded the portal. */
export async function upgradesOf(host: string): Promise<number> {
  return Number(await onHost(host, `grep -c ' upgrade oa-portal:all 1.0 1.1$' /var/log/dpkg.log || true`))
}
