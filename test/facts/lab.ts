import assert from 'node:assert/strict'

import { connectSsh, type Host } from '../../connect/ssh.ts'
import type { Result } from '../../schemas/problem.ts'
import { labTarget } from '../connect/lab-target.ts'

/** Value of a result; a problem fails the test and is shown whole. */
export function value<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(JSON.stringify(result.problems, null, 1))
  return result.value
}

/** Codes of a result's problems, each with its place. */
export function codes(result: Result<unknown>): readonly string[] {
  return result.ok ? ['ok'] : result.problems.map(({ code, where }) => `${code} ${where}`)
}

/** Connects to a host of the lab. */
export async function labConnect(name: string): Promise<Host> {
  return value(await connectSsh(labTarget(name), { timeoutMs: 15_000 }))
}

/** Output of a script as root on the host; a script that fails ends the test. */
export async function asRoot(host: Host, script: string): Promise<string> {
  const ran = value(await host.run(script, { root: true, timeoutMs: 300_000, maxBytes: 64 << 20 }))
  assert.equal(ran.code, 0, `${script}\n${ran.stderr}`)
  return ran.stdout
}

/**
 * All of a host's files outside /proc, /sys, /run, /dev, /var/log and /tmp: type, mode, owner, size, time of change,
 * link target and SHA-256, and dpkg's own state.
 */
export async function fileTree(host: Host): Promise<readonly string[]> {
  const prune = `\\( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /var/log -o -path /tmp \\) -prune -o`
  const text = await asRoot(
    host,
    `find / -xdev ${prune} ! -type d -printf '%y %m %U:%G %s %T@ %p %l\\n' | sort
     find / -xdev ${prune} -type d -printf '%y %m %U:%G %p\\n' | sort
     find / -xdev ${prune} -type f -print0 | xargs -0 sha256sum | sort -k 2
     dpkg-query -W -f '\${binary:Package} \${Version} \${Status}\\n'; dpkg --audit`,
  )
  return text.split('\n')
}

/** Takes a lock of dpkg in a unit of its own for a minute, as another apt would; `release` ends it. */
export async function holdLock(host: Host): Promise<{ readonly release: () => Promise<unknown> }> {
  // In a file: systemd would take a variable on the command line for one of its own.
  const program = `use Fcntl; open($f, ">>", "/var/lib/dpkg/lock-frontend") or die;
    my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $lock) or die; sleep 60`
  await asRoot(
    host,
    `cat >/run/somebody.pl <<'EOF'
${program}
EOF
    systemd-run --quiet --collect --unit=somebody perl /run/somebody.pl; sleep 0.5; systemctl is-active somebody`,
  )
  return { release: () => asRoot(host, 'systemctl stop somebody; rm /run/somebody.pl') }
}
