import { dnfConfig } from '../facts/dnf-config.ts'
import { dnfFiles } from '../facts/dnf-files.ts'
import { dnfPending } from '../facts/dnf-pending.ts'
import { takeManifest } from '../facts/manifest.ts'
import { predictRestarts, staleUnits } from '../facts/restarts.ts'
import * as steps from '../steps/dnf.ts'
import { restartStale } from '../steps/host.ts'
import { removeFiles, sendPackages } from '../steps/package-files.ts'
import { scriptText } from '../steps/script.ts'
import type { PackageDriver } from './driver.ts'

const states = `
for package; do
  version=$(rpm -q "\${package%:*}.\${package##*:}" --qf '%{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n' 2>/dev/null | grep '^[0-9]*:' | sed 's/^0://' | tail -n 1)
  if [ -n "$version" ]; then echo "ii $version"; else echo '- -'; fi
done
`

const fresh = `${scriptText('../facts/rpm-holds.sh')}
${states}echo holds
locked_names
`

// What is there twice was left by a transaction that did not end; an interrupted one may leave needs unmet as well.
const patched = `
services=$1
shift
${states}echo audit
for package; do
  package=\${package%:*}.\${package##*:}
  [ "$(rpm -q "$package" 2>/dev/null | wc -l)" -le 1 ] || echo "$package is installed twice"
  rpm -V --nofiles "$package" 2>/dev/null | grep -v 'is not installed$'
done
echo services
for service in $services; do
  printf '%s %s\\n' "$service" "$(systemctl is-active "$service")"
done
`

/** dnf 4 and rpm. What of it was proven, and where, stands in docs/package-managers.md. */
export const dnf: PackageDriver = {
  facts: {
    pending: dnfPending,
    files: dnfFiles,
    configFiles: (host, pending, _fetched, planId) => dnfConfig(host, pending, planId),
    restarts: (host, pending) => predictRestarts(host, pending, 'rpm'),
    stale: (host) => staleUnits(host, 'rpm'),
    manifest: (host) => takeManifest(host, 'rpm'),
  },
  steps: {
    send: (subject) => sendPackages(subject, 'rpm'),
    install: (subject, suffix) => steps.install(subject, `dnf.install${suffix}`),
    downgrade: (subject, suffix) => steps.downgrade(subject, `dnf.downgrade${suffix}`),
    restartStale: (subject, id) => restartStale(subject, id, 'rpm'),
    remove: removeFiles,
  },
  checks: { fresh, patched, audit: 'rpm --verify' },
}
