import type { Host } from '../../connect/ssh.ts'
import { sanitise } from '../../connect/text.ts'
import { type Figure, type Look, unknownFigure } from '../../core/patrol/figure.ts'
import type { PatrolPart } from '../../schemas/patrol.ts'
import { ok, type Result } from '../../schemas/problem.ts'
import { type Answer, ask } from './answer.ts'
import { readDisks } from './patrol-disks.ts'
import { readMachine } from './patrol-machine.ts'
import { readProcessor } from './patrol-processor.ts'
import { readServices } from './patrol-services.ts'
import { section } from './patrol-section.ts'

/** What the estate says about a host that an inspection must know. */
export type Wanted = {
  readonly services: readonly string[]
  readonly memoryFileSystems: readonly string[]
  readonly parts: readonly PatrolPart[]
}

/** Times of the controller (ms) before and after the question. */
export type Times = { readonly before: number; readonly after: number }

// The parts with a limit of time may need 80 s together when all of them hang; a good host needs 3 s.
const timeoutMs = 100_000
const maxBytes = 3 << 20
const mostFigures = 2_000

/** Inspects a host over one connection and in one execution; nothing is written there. Problems: as of `ask`. */
export async function lookAt(host: Host, wanted: Wanted, now: () => number): Promise<Result<Look>> {
  const before = now()
  const answer = await ask(host, {
    scripts: ['patrol.sh'],
    args: [String(wanted.services.length), ...wanted.services, ...wanted.memoryFileSystems],
    timeoutMs,
    maxBytes,
  })
  return answer.ok ? ok(readLook(answer.value, wanted, { before, after: now() })) : answer
}

/** Reads the answer of `patrol.sh`: always figures; what can not be read is an unknown one. */
export function readLook(answer: Answer, wanted: Wanted, times: Times): Look {
  const container = section(answer, 'container', /^[a-z][a-z0-9.-]{0,40}$/)
  const scope = !container.ok ? 'unknown' : container.value === 'none' ? 'host' : 'cgroup'
  const bootId = section(answer, 'boot-last', /^[0-9a-f-]{36}$/)
  const uptime = section(answer, 'uptime-last', /^\d{1,12}\.\d\d \d+\.\d\d$/)
  const processor = readProcessor(answer, scope)
  const figures: readonly Figure[] = [
    ...processor.figures,
    ...readDisks(answer, wanted),
    ...readMachine(answer, scope),
    ...readServices(answer, wanted, scope, times),
  ]
  return {
    host: answer.host,
    figures: bounded(figures).map((figure) => asWanted(clean(figure), wanted.parts)),
    scope,
    bootId: bootId.ok ? bootId.value : null,
    uptimeS: uptime.ok ? Math.floor(Number.parseFloat(uptime.value)) : null,
    oomKills: processor.oomKills,
  }
}

// What is cut off is not forgotten: it could be what is wrong.
function bounded(figures: readonly Figure[]): readonly Figure[] {
  const cut = new Set(figures.slice(mostFigures).map(({ item }) => item))
  const said = [...cut].map((item) => unknownFigure(item, 'the host showed more of them than are kept'))
  return [...figures.slice(0, mostFigures), ...said]
}

/** Which part, that a host may lack, a figure belongs to. */
const partOf: Partial<Readonly<Record<Figure['item'], PatrolPart>>> = {
  pressureCpu: 'pressure',
  pressureIo: 'pressure',
  pressureMemory: 'pressure',
  temperature: 'sensors',
  power: 'power',
  diskHealth: 'diskHealth',
  connections: 'connections',
}

function asWanted(figure: Figure, wants: readonly PatrolPart[]): Figure {
  const part = partOf[figure.item]
  return figure.state === 'absent' && part !== undefined && wants.includes(part)
    ? { item: figure.item, of: figure.of, state: 'unknown', why: `${figure.why}, and the estate wants it` }
    : figure
}

// Names of disks, units and sensors are the host's words.
function clean(figure: Figure): Figure {
  const of = oneLine(figure.of, 100)
  if (figure.state === 'seen')
    return figure.said === undefined ? { ...figure, of } : { ...figure, of, said: oneLine(figure.said, 300) }
  return { ...figure, of, why: oneLine(figure.why, 300) }
}

function oneLine(text: string, mostChars: number): string {
  return sanitise(text.replaceAll(/[\n\t]+/g, ' '), mostChars)
}
