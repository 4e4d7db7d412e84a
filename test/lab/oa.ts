import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { labExec } from '../../lab/exec.ts'
import { labOffer, type LabOffer, labWithdraw } from '../../lab/repository.ts'
import { labReset } from '../../lab/reset.ts'
import type { Estate } from '../../schemas/estate.ts'
import type { Event } from '../../schemas/event.ts'
import type { PatchPlan } from '../../schemas/plan.ts'
import type { System } from '../../schemas/system.ts'
import { labDir, type OwnEstate, ownEstate, type Ran, upkeep } from './upkeep.ts'

/** The two hosts of the office portal. */
export const pair = ['oa-test', 'oa-prod'] as const

/** Offers one more thing to all hosts but those of the ERP. */
export function offerOa(name: LabOffer): Promise<unknown> {
  return labOffer(name, labDir, ['oa'])
}

/** Takes it from what is offered to all hosts but those of the ERP; without a name all that was added. */
export function withdrawOa(name?: LabOffer): Promise<unknown> {
  return labWithdraw(name, labDir, ['oa'])
}

/** Puts the pair back, with version 1.1 of the portal on offer. */
export async function freshPair(): Promise<void> {
  await offerOa('oa-portal-1.1')
  await labReset(pair, labDir)
}

/** An estate of one's own in which nothing is due on the pair but the vendor's package. */
export function portalEstate(
  change: (oa: System, estate: Estate) => void = () => {},
  timing?: Parameters<typeof ownEstate>[1],
): Promise<OwnEstate> {
  return ownEstate((estate) => {
    const oa = estate.systems['oa']
    assert.ok(oa)
    oa.patch = { ...oa.patch, holds: ['nginx*', 'libnginx*', 'openssl', 'libssl*'] }
    change(oa, estate)
  }, timing)
}

/** Adds to a system's patch policy. */
export function policy(oa: System, patch: System['patch']): void {
  oa.patch = { ...oa.patch, ...patch }
}

/** Runs `patch plan` for the pair, which must succeed; the plan lies beside the estate. */
export async function planPair(
  estate: OwnEstate,
): Promise<{ readonly file: string; readonly plan: PatchPlan }> {
  const file = join(estate.dir, 'plan.json')
  const ran = await upkeep(['patch', 'plan', '--system', 'oa', '--out', file], { estate: estate.path })
  assert.equal(ran.code, 0, ran.stdout + ran.stderr)
  return { file, plan: JSON.parse(await readFile(file, 'utf8')) as PatchPlan }
}

/** Goes on with what is under way, once the second of soak and notice is over. */
export async function resumeWhenDue({ path }: OwnEstate): Promise<Ran> {
  await new Promise((resolve) => setTimeout(resolve, 1200))
  return upkeep(['resume'], { estate: path })
}

/** The journal's whole lines as they lie on the disk, without asking anybody to open it. */
export async function onDisk({ state }: OwnEstate): Promise<readonly Event[]> {
  const dir = join(state, 'journal')
  const names = (await readdir(dir).catch(() => [])).filter((name) => name.endsWith('.jsonl')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))
  return texts.flatMap((text) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Event),
  )
}

/** Output of a script as root on a host; a script that fails ends the test. */
export async function onHost(host: string, script: string): Promise<string> {
  const ran = await labExec(host, script, { dir: labDir })
  assert.equal(ran.code, 0, `${host}: ${script}\n${ran.stdout}${ran.stderr}`)
  return ran.stdout
}

/** Packages and holds, every file of /etc and of the portal with its hash, updaters: what must be as before. */
export async function stateOf(host: string): Promise<readonly string[]> {
  const text = await onHost(
    host,
    `dpkg-query -W -f '\${binary:Package} \${Version} \${Status}\\n'; apt-mark showhold; dpkg --audit
     find /etc /usr/share/oa-portal -type f -print0 | sort -z | xargs -0 sha256sum
     find /etc /usr/share/oa-portal -printf '%m %U:%G %p %l\\n' | sort -k 3
     systemctl show -p Id -p ActiveState -p UnitFileState apt-daily.timer apt-daily-upgrade.timer nginx.service`,
  )
  return text.split('\n')
}

/** Version of the portal on a host. */
export async function portalOn(host: string): Promise<string> {
  return onHost(host, `dpkg-query -W -f '\${Version}' oa-portal`)
}

/** Subjects of the mails about a rollout in a mailbox of the lab, once there are as many as that. */
export async function mailsAbout(rollout: string, box: string, count: number): Promise<readonly string[]> {
  // A long subject goes on in the next line.
  const script = `find /srv/mail/${box} -type f -exec sed -n '/^Subject: .*${rollout}/{N;s/\\n / /;P;}' {} +`
  for (let tries = 0; ; tries += 1) {
    const subjects = (await onHost('ops', script)).split('\n').filter((line) => line !== '')
    if (subjects.length >= count || tries === 20) return subjects
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** The mails about a rollout in a mailbox of the lab, whole and decoded, once there is one. */
export async function mailTexts(rollout: string, box: string): Promise<string> {
  const script = `find /srv/mail/${box} -type f -exec grep -l -F '${rollout}' {} + | xargs -r cat`
  for (let tries = 0; ; tries += 1) {
    const raw = await onHost('ops', `${script} || true`)
    if (raw !== '' || tries === 20) return decoded(raw)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** Quoted-printable as text. */
function decoded(raw: string): string {
  const bytes = raw
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n')
}
