import type { TSchema } from 'typebox'
import { CleanupPlan } from './cleanup-plan.ts'
import { Estate } from './estate.ts'
import { Event } from './event.ts'
import { SignedHead } from './head.ts'
import { LabCloud } from './lab-cloud.ts'
import { Output } from './output.ts'
import { PatrolKept } from './patrol-output.ts'
import { PatchPlan } from './plan.ts'
import { Problem } from './problem-shape.ts'

/** Every kind of file or record that is published for editors and other programs, by the name of its `.schema.json`. */
export const registry: Readonly<Record<string, TSchema>> = {
  'cleanup-plan': CleanupPlan,
  estate: Estate,
  event: Event,
  head: SignedHead,
  'lab-cloud': LabCloud,
  output: Output,
  'patch-plan': PatchPlan,
  patrol: PatrolKept,
  problem: Problem,
}
