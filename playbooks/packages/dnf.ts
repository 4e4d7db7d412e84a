import { quote, quoteAll } from '../../connect/quote.ts'
import { dnfConfig } from '../facts/dnf-config.ts'
import { dnfFiles } from '../facts/dnf-files.ts'
import { dnfHoldsParts } from '../facts/dnf-holds.ts'
import { dnfPending } from '../facts/dnf-pending.ts'
import { twice } from '../facts/dnf-problems.ts'
import { takeManifest } from '../facts/manifest.ts'
import { patchedState } from '../facts/patched.ts'
import { predictRestarts, staleUnits } from '../facts/restarts.ts'
import * as steps from '../steps/dnf.ts'
import { restartStale } from '../steps/host.ts'
import { removeFiles, sendPackages } from '../steps/package-files.ts'
import { scriptText } from '../steps/script.ts'
import type { PackageDriver } from './driver.ts'

// A package twice is what an interrupted transaction left.
const fresh = `${scriptText('../facts/rpm-holds.sh')}
for package; do
  version=$(versions_of "\${package%:*}" "\${package##*:}" | tail -n 1)
  if [ -n "$version" ]; then echo "ii $version"; else echo '- -'; fi
done
echo unfinished
for package; do
  [ "$(versions_of "\${package%:*}" "\${package##*:}" | wc -l)" -le 1 ] || echo "twice $package"
done
echo holds
locked_names ${quote(dnfHoldsParts.map((file) => scriptText(`../facts/${file}`)).join(''))}
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
    patched: (host, o) => patchedState(host, o, 'rpm'),
  },
  steps: {
    send: (subject) => sendPackages(subject, 'rpm'),
    install: (subject, suffix) => steps.install(subject, `dnf.install${suffix}`),
    downgrade: (subject, suffix) => steps.downgrade(subject, `dnf.downgrade${suffix}`),
    restartStale: (subject, id) => restartStale(subject, id, 'rpm'),
    remove: removeFiles,
  },
  checks: { fresh, interrupted: twice, audit: 'rpm --verify' },
  byHand: {
    look: (names) => `dnf check; rpm -q ${quoteAll(names)}`,
    file: (name, architecture) => `${name}_${architecture}.rpm`,
    back: (files, added) => [
      ...(files.length === 0 ? [] : [`dnf downgrade ${quoteAll(files)}`]),
      ...(added.length === 0 ? [] : [`dnf --noautoremove remove ${quoteAll(added)}`]),
    ],
    scripts: (names) => `look at it before you take it away: rpm -q --scripts ${quoteAll(names)}`,
  },
}
