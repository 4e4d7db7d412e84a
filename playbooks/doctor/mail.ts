import { runProbe } from '../../connect/probe.ts'
import type { ResolvedEstate, ResolvedSystem } from '../../core/estate/resolved.ts'
import type { Check } from '../facts/doctor.ts'
import { recipients } from '../rollout/mail.ts'

/** The mail server answers on its port, and each system has somebody to write to; no mail is sent. */
export async function mailHealth(
  estate: ResolvedEstate,
  systems: readonly ResolvedSystem[],
): Promise<readonly Check[]> {
  if (estate.mail === undefined) {
    const fix = 'Name one under `mail`, or nobody is told before, at a stop and after.'
    return [{ check: 'mail', outcome: 'warn', said: 'the estate names no mail server', fix }]
  }
  const { protocol, hostname, port } = new URL(estate.mail.smtp)
  // The ports that nodemailer takes when none is named.
  const asked = {
    address: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'smtps:' ? 465 : 587),
  }
  const probe = { name: 'mail', within: 10_000, tcp: asked }
  const answer = await runProbe(probe, { host: noHost, now: () => 0 })
  const server = `${asked.address}:${asked.port}`
  const silent = systems.filter((system) => recipients(system).length === 0).map((system) => system.name)
  return [
    answer.outcome === 'good'
      ? { check: 'mail', outcome: 'ok', said: `${server} answers` }
      : {
          check: 'mail',
          outcome: 'fail',
          said: `${server}: ${answer.said}`,
          fix: 'Check `mail.smtp` in the estate.',
        },
    ...silent.map((name): Check => ({
      check: 'mail',
      outcome: 'warn',
      said: `owner and liaison of ${name} have no address`,
      fix: 'Give their contacts a `mail`.',
    })),
  ]
}

function noHost(): never {
  throw new Error('a port is asked from here')
}
