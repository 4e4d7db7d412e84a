import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { payload, startMark } from '../connect/script.ts'
import { scriptText } from '../playbooks/facts/answer.ts'
import { argumentsOf, patrolScripts } from '../playbooks/facts/patrol.ts'
import { framed, nothingWanted } from '../test/facts/patrol-answer.ts'
import type { Inventory } from './inventory.ts'

/** What hosts of the bench are told to do with each command: an inspection is answered at once, with what a good host said. */
export function answersScript(dir: string): string {
  writeFileSync(join(dir, 'answer'), `${startMark}\n${framed({})}`)
  return `case $SSH_ORIGINAL_COMMAND in
'exec /bin/sh -s') cat >/dev/null; exec cat '${dir}/answer' ;;
*${startMark}*) exec cat '${dir}/answer' ;;
*) exec /bin/sh -c "$SSH_ORIGINAL_COMMAND" ;;
esac
`
}

/** The script of an inspection, as Upkeep sends it to a host on standard input. */
export async function patrolScript(): Promise<string> {
  const texts = await Promise.all(['frame.sh', ...patrolScripts].map(scriptText))
  return payload(texts.join('\n'), argumentsOf(nothingWanted, undefined))
}

/** Writes an estate with all of these hosts in one system; its path. */
export function patrolEstate({ dir, hosts, port, user, key, knownHosts }: Inventory): string {
  const path = join(dir, 'estate.yaml')
  const of = (name: string, address: string) => [
    name,
    { ring: 'test', roles: ['app'], connection: { address, port } },
  ]
  const estate = {
    version: 1,
    name: 'bench',
    timeZone: 'UTC',
    knownHosts,
    contacts: { it: { name: 'IT' } },
    connection: { user, key },
    systems: {
      wide: {
        tier: 'core',
        owner: 'it',
        roles: { app: {} },
        hosts: Object.fromEntries(hosts.map(({ name, address }) => of(name, address))) as unknown,
      },
    },
  }
  writeFileSync(path, JSON.stringify(estate))
  return path
}
