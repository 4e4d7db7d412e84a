import { signText, verifyTexts } from '../../connect/sign.ts'
import { connectSsh } from '../../connect/ssh.ts'
import type { ResolvedEstate, ResolvedHeadPlace } from '../../core/estate/resolved.ts'
import { headNamespace } from '../../core/journal/head.ts'
import { type Check, failedCheck } from '../facts/doctor.ts'
import { type Secrets, targetOf } from '../rollout/targets.ts'

/** The key signs and the allowed signers accept it now; each place outside the estate lets us in. No head is sent. */
export async function headHealth(
  estate: ResolvedEstate,
  secrets: Secrets,
  now: () => number,
): Promise<readonly Check[]> {
  const { heads } = estate
  if (heads === undefined) return []
  const places = heads.to.map((place) => placeHealth(estate, place, secrets))
  return [await signatureHealth(heads, now), ...(await Promise.all(places)).flat()]
}

async function signatureHealth(
  { key, allowedSigners, signer }: NonNullable<ResolvedEstate['heads']>,
  now: () => number,
): Promise<Check> {
  const text = 'a trial by upkeep doctor'
  const signature = await signText(text, { key, namespace: headNamespace })
  if (!signature.ok) return failedCheck('heads', signature.problems)
  const signed = { text, signature: signature.value, time: new Date(now()).toISOString() }
  const judged = await verifyTexts([signed], { allowedSigners, signer, namespace: headNamespace })
  if (!judged.ok) return failedCheck('heads', judged.problems)
  const [one] = judged.value
  if (one?.good === true) return { check: 'heads', outcome: 'ok', said: `signed by ${signer}` }
  const said = `${allowedSigners} does not let ${signer} sign with ${key}: ${one?.why ?? ''}`
  const fix = `Add a line: ${signer} namespaces="${headNamespace}" and the public key.`
  return { check: 'heads', outcome: 'fail', said, fix }
}

async function placeHealth(
  estate: ResolvedEstate,
  place: ResolvedHeadPlace,
  secrets: Secrets,
): Promise<readonly Check[]> {
  // Hosts of the estate are asked as hosts; what a command does is not known before it is run.
  if (place.kind !== 'ssh') return []
  const host = await connectSsh(targetOf(estate, place.login, secrets), { timeoutMs: 15_000 })
  if (!host.ok) return [failedCheck(`heads ${place.name}`, host.problems)]
  host.value.close()
  return [{ check: `heads ${place.name}`, outcome: 'ok', said: `${place.login.address} lets us in` }]
}
