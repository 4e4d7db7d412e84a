import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Host } from '../../connect/remote.ts'
import { payload, startMark } from '../../connect/script.ts'
import { fail, ok } from '../../schemas/problem.ts'

/** An install root: this machine's files under a layer of its own, where Debian's own dnf keeps an empty rpm database. */
export type InstallRoot = {
  /** The root as a host: scripts run in it as root, by the same text that a connection would carry. */
  readonly host: Host
  /** Path of a file of the root, as seen from here. */
  readonly path: (inside: string) => string
  /** Where all that is written into the root lies. */
  readonly layer: string
  /** Puts a folder of this machine into the root, in place of what is there. */
  readonly put: (folder: string, inside: string) => void
  /** Output of a script in the root; one that fails ends the test. */
  readonly sh: (script: string, ...args: readonly string[]) => string
  /** Runs a program in the root from when it prints `held` until `release` is called. */
  readonly hold: (program: string) => Promise<{ readonly release: () => Promise<void> }>
  readonly close: () => Promise<void>
}

// Everything is mounted in a namespace that ends with its first process, so that nothing is left on this machine.
const holder = `
set -e
cd "$1"
mount -t tmpfs tmpfs layer && mkdir layer/upper layer/work
mount -t overlay overlay -o lowerdir=/,upperdir=layer/upper,workdir=layer/work root
mount -t proc proc root/proc && mount --rbind /dev root/dev
for place in run tmp var/tmp; do mount -t tmpfs -o mode=1777 tmpfs root/$place; done
rm -rf root/etc/yum.repos.d root/var/lib/rpm root/var/cache/dnf root/var/lib/dnf
mkdir -p root/etc/yum.repos.d root/etc/rpm root/var/lib/rpm root/var/lib/dnf root/var/cache/dnf
printf '%%_dbpath /var/lib/rpm\\n' >root/etc/rpm/macros
printf '[main]\\nenabled = 1\\nlocklist = /etc/dnf/plugins/versionlock.list\\n' >root/etc/dnf/plugins/versionlock.conf
: >root/etc/dnf/plugins/versionlock.list
chroot root rpm --initdb
echo ready
exec sleep infinity
`

/** Makes an install root; `close` takes it away. Needs Linux and root. */
export async function installRoot(): Promise<InstallRoot> {
  const dir = mkdtempSync(join(tmpdir(), 'upkeep-root-'))
  spawnSync('mkdir', [join(dir, 'layer'), join(dir, 'root')])
  const args = ['--mount', '--pid', '--net', '--fork', '--kill-child', 'sh', '-c', holder, 'sh', dir]
  const unshare = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [first] = (await Promise.race([once(unshare.stdout, 'data'), once(unshare, 'exit')])) as unknown[]
  assert.match(String(first), /ready/, 'the install root could not be made')
  const children = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, 'utf8')
  const inside = children.trim()
  const path = (name: string) => join(`/proc/${inside}/root`, dir, 'root', name)
  const command = ['-t', inside, '-m', '-p', '-n', 'chroot', join(dir, 'root'), 'sh', '-s']

  function inRoot(script: string, scriptArgs: readonly string[], timeoutMs: number) {
    return spawnSync('nsenter', command, {
      input: payload(script, scriptArgs),
      env: { HOME: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      timeout: timeoutMs,
    })
  }

  const host: Host = {
    name: 'install-root',
    async run(script, o) {
      const { status, stdout, stderr } = inRoot(script, o.args ?? [], o.timeoutMs)
      const said = stdout.slice(stdout.indexOf(startMark) + startMark.length + 1)
      return ok({ code: status, stdout: said, stderr, truncated: false, lost: false })
    },
    async receive(name, sink) {
      // In the root itself: links in it lead elsewhere when they are followed from outside.
      const read = spawnSync('nsenter', [...command.slice(0, -2), 'cat', '--', name], { maxBuffer: 64 << 20 })
      assert.equal(read.status, 0, String(read.stderr))
      sink(read.stdout)
      return ok({ bytes: read.stdout.length, sha256: createHash('sha256').update(read.stdout).digest('hex') })
    },
    async send(files) {
      for (const { from, to, sha256 } of files) {
        assert.equal(createHash('sha256').update(readFileSync(from)).digest('hex'), sha256)
        const written = spawnSync('install', ['-D', '-m', '0600', from, path(to)])
        if (written.status !== 0) return fail({ code: 'host/send', what: 'Not written.' })
      }
      return ok(undefined)
    },
    print: () => assert.fail('nothing is printed out of an install root'),
    feed: () => assert.fail('nothing is fed to an install root'),
    openTcp: () => assert.fail('nothing is asked through an install root'),
    roundTrips: () => assert.fail('nothing is asked through an install root'),
    close: () => undefined,
  }

  return {
    host,
    path,
    layer: join(`/proc/${inside}/root`, dir, 'layer/upper'),
    put(folder, to) {
      const script = 'rm -rf "$2" && mkdir -p "${2%/*}" && cp -r "$1" "$2"'
      const put = spawnSync('sh', ['-c', script, 'sh', folder, path(to)], { encoding: 'utf8' })
      assert.equal(put.status, 0, put.stderr)
    },
    sh(script, ...scriptArgs) {
      const ran = inRoot(script, scriptArgs, 300_000)
      assert.equal(ran.status, 0, `${script}\n${ran.stdout}\n${ran.stderr}`)
      return ran.stdout.slice(ran.stdout.indexOf(startMark) + startMark.length + 1)
    },
    async hold(program) {
      const held = spawn('nsenter', [...command.slice(0, -1), '-c', `echo $$; exec ${program}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let told = ''
      while (!told.includes('held')) told += String((await once(held.stdout, 'data'))[0])
      return {
        async release() {
          inRoot('kill -9 "$1"', [told.split('\n')[0] ?? ''], 10_000)
          if (held.exitCode === null && held.signalCode === null) await once(held, 'exit')
        },
      }
    },
    async close() {
      unshare.kill('SIGKILL')
      if (unshare.exitCode === null) await once(unshare, 'exit')
      rmSync(dir, { recursive: true })
    },
  }
}
