import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BrokenPortal } from '../../lab/broken-packages.ts'
import { labSupply } from '../../lab/repository.ts'
import {
  assertEnd,
  freshWith,
  leaveFresh,
  officeHosts,
  planFor,
  startRun,
  type Try,
  wayOf,
} from './broken.ts'
import { onDisk, onHost, stateOf } from './oa.ts'
import { labDir } from './upkeep.ts'

/** How a host ends on each way back. */
type Ends = { readonly [way in 'snapshot' | 'packages']: 'done' | 'undone' | 'failed' | 'stuck' }

/** A broken package, what is special about the hosts, and how it must end. */
type Case = {
  readonly portal: BrokenPortal
  /** Makes the host special, before anything is planned. */
  readonly host?: string
  /** What somebody does on the host between the plan and the run. */
  readonly meanwhile?: string
  readonly stepLimit?: string
  /** How long the host waits for a new login. */
  readonly confirmWithin?: string
  readonly ends: Ends
  /** What people must be told. */
  readonly says: RegExp
  /** What must hold on the host in the end. */
  readonly then?: string
}

const bothUndone = { snapshot: 'undone', packages: 'undone' } as const
const bothDone = { snapshot: 'done', packages: 'done' } as const

/** A small volume of the host's own at a place, with what lies there copied into it at each boot. */
function smallVolume(place: string, options: string): string {
  return `
    mkdir -p ${place} /srv/below
    cat >/etc/systemd/system/small-volume.service <<'UNIT'
    [Unit]
    DefaultDependencies=no
    After=local-fs.target
    Before=sysinit.target
    [Service]
    Type=oneshot
    RemainAfterExit=yes
    ExecStart=/bin/sh -c 'mount --bind ${place} /srv/below && mount --make-private /srv/below && mount -t tmpfs -o mode=755,${options} small ${place} && cp -a /srv/below/. ${place}/'
    [Install]
    WantedBy=sysinit.target
UNIT
    systemctl daemon-reload && systemctl enable -q --now small-volume.service`
}

const cases: Readonly<Record<string, Case>> = {
  // Fault, packages: a preinst of a package fails. Outcome: both ways back end undone, as before the patch.
  'preinst fails': {
    portal: 'preinst-fails',
    ends: bothUndone,
    says: /apt\.install.*no licence found.*pre-installation script subprocess returned error/,
  },
  // Fault, packages: a postinst fails after it has changed the settings of nginx and told it.
  // Outcome: undone, as before the patch, and nginx has its old settings.
  'postinst fails, after it has changed the settings of nginx and told it': {
    portal: 'postinst-fails',
    ends: bothUndone,
    says: /apt\.install.*exit status/,
    then: `said=$(busybox wget -S -O /dev/null http://127.0.0.1/ 2>&1) && echo "$said" | grep -q 'HTTP/1.1 200' && ! echo "$said" | grep -i x-portal`,
  },
  // Fault, packages: the prerm of the installed version fails. Outcome: undone, as before the patch.
  'prerm of the installed version fails': {
    portal: 'asks',
    host: `printf '#!/bin/sh\\n[ "$1" != upgrade ]\\n' >/var/lib/dpkg/info/oa-portal.prerm; chmod 755 /var/lib/dpkg/info/oa-portal.prerm`,
    ends: bothUndone,
    says: /apt\.install.*exit status/,
  },
  // Fault 23, packages: a postinst fails, and the way back through the packages too.
  // Outcome: undone where there is a snapshot, else stuck.
  'postinst fails, and prerm of the new version too': {
    portal: 'prerm-fails-too',
    ends: { snapshot: 'undone', packages: 'stuck' },
    says: /apt\.install.*exit status/,
  },
  // Fault, packages: a postinst hangs. Outcome: undone, as before the patch.
  'postinst hangs': {
    portal: 'hangs',
    stepLimit: '15s',
    ends: bothUndone,
    says: /apt\.install.*(15 s|124)/,
  },
  // Fault 9, packages: a package fills the disk that dpkg keeps its state on.
  // Outcome: undone where there is a snapshot, else stuck.
  'fills the disk that dpkg keeps its own state on': {
    portal: 'fills-the-disk',
    host: smallVolume('/var/lib/dpkg', 'size=40m'),
    ends: { snapshot: 'undone', packages: 'stuck' },
    says: /apt\.install.*exit status/,
  },
  // Fault 9, packages: a package does not fit on the disk. Outcome: undone, as before the patch.
  'does not fit on the disk': {
    portal: 'does-not-fit',
    host: smallVolume('/var/lib/oa-portal', 'size=1m'),
    ends: bothUndone,
    says: /apt\.install.*No space left/,
  },
  // Fault 9, packages: a package needs more inodes than there are. Outcome: undone, as before the patch.
  'needs more inodes than there are': {
    portal: 'fills-inodes',
    host: smallVolume('/var/lib/oa-portal', 'nr_inodes=100'),
    ends: bothUndone,
    says: /apt\.install.*No space left/,
  },
  // Fault, packages: a package breaks a service.
  // Outcome: the failed unit is named; undone, as before the patch.
  'breaks the service that serves it': {
    portal: 'breaks-its-service',
    ends: bothUndone,
    says: /nginx\.service is failed/,
  },
  // Fault 6, packages: a package stops sshd.
  // Outcome: the host goes back by itself; undone, as before the patch.
  'stops sshd': {
    portal: 'stops-sshd',
    confirmWithin: '8s',
    ends: bothUndone,
    says: /No new login confirmed the step within 8 s, so the host went back by itself/,
  },
  // Fault 15, packages: a package that somebody installed since the plan would be removed.
  // Outcome: apt's wider plan is refused; undone, and the package is there.
  'would take away a package that somebody installed meanwhile': {
    portal: 'asks',
    meanwhile: `
      mkdir -p /root/theme/DEBIAN && printf 'Package: portal-theme\\nVersion: 1\\nArchitecture: all\\nMaintainer: admin <a@lab.example>\\nDepends: oa-portal (= 1.0)\\nDescription: theme\\n' >/root/theme/DEBIAN/control
      dpkg-deb --build /root/theme >/dev/null && dpkg -i /root/theme.deb >/dev/null`,
    ends: bothUndone,
    says: /apt would do other things than planned/,
    then: 'dpkg -s portal-theme >/dev/null',
  },
  // Whatever waits for an answer is ended by the limit of the step, and is then not done.
  // Fault 8, packages: a package asks a question, with needrestart on the host.
  // Outcome: nothing waits for an answer; done.
  'asks a question, with needrestart on the host': {
    portal: 'asks',
    // As an admin at a terminal has it: needrestart asks before each restart.
    host: `
      export DEBIAN_FRONTEND=noninteractive
      apt-get -q update && apt-get -q -y --no-install-recommends install needrestart
      printf '%s\\n' '$nrconf{restart} = "i";' >/etc/needrestart/conf.d/ask.conf
      echo 'debconf debconf/frontend select Dialog' | debconf-set-selections`,
    ends: bothDone,
    says: /done/,
  },
  // Fault 24, packages: a package exits well and lacks a file that no probe sees.
  // Outcome: the missing file is named; undone.
  'loses a file of its own that no probe sees': {
    portal: 'loses-a-file',
    ends: bothUndone,
    says: /\/usr\/share\/oa-portal\/help\.html is missing, though just unpacked/,
  },
  // Fault, packages: a package exits well and lacks the page that it serves.
  // Outcome: the missing file is named; undone.
  'loses the page': {
    portal: 'loses-the-page',
    ends: bothUndone,
    says: /\/usr\/share\/oa-portal\/index\.html is missing/,
  },
  // Fault, packages: a package leaves a process that holds its output open.
  // Outcome: it is not waited for; done.
  'leaves a process behind that holds its output open': {
    portal: 'forks',
    ends: bothDone,
    says: /done/,
  },
}

describe('a broken package leaves a host done or undone, and says which', () => {
  const tries: Try[] = []
  before(() => labSupply('needrestart', labDir, ['oa']))
  after(async () => {
    await leaveFresh()
    await Promise.all(tries.map(({ estate }) => estate.remove()))
  })

  for (const [name, one] of Object.entries(cases)) {
    test(name, async () => {
      await freshWith(one.portal)
      await Promise.all(
        officeHosts.map(async (host) => {
          if (one.host !== undefined) await onHost(host, one.host)
          const { stepLimit, confirmWithin } = one
          const tried = await planFor(host, (oa) => {
            if (stepLimit !== undefined) oa.patch = { ...oa.patch, stepLimit }
            if (confirmWithin !== undefined) oa.patch = { ...oa.patch, confirmWithin }
          })
          tries.push(tried)
          if (one.meanwhile !== undefined) await onHost(host, one.meanwhile)
          const state = one.meanwhile === undefined ? tried.before : await stateOf(host)
          const ran = await startRun(tried).ended
          assert.match(ran.stdout + ran.stderr, one.says, host)
          await assertEnd({ ...tried, before: state }, ran, one.ends[wayOf[host]])
          if (one.then !== undefined) await onHost(host, one.then)
        }),
      )
    })
  }
  // Fault, packages: an update would remove another package.
  // Outcome: held back by the plan, with the reason; nothing on the host changes.
  test('one that would remove what it does not get on with is held back by the plan, and apt says why', async () => {
    await freshWith('conflicts')
    const tried = await planFor('oa-test')
    tries.push(tried)
    assert.deepEqual(tried.plan.hosts[0]?.packages, [])
    const [held] = tried.plan.hosts[0]?.heldBack.filter((one) => one.name === 'oa-portal') ?? []
    assert.match(held?.why ?? '', /nginx-(light|common|core)/)
    const ran = await startRun(tried).ended
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.ok(!(await onDisk(tried.estate)).some(({ type }) => type === 'step.started'))
    assert.deepEqual(await stateOf('oa-test'), tried.before)
  })
})
