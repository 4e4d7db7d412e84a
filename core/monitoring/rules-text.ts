import type { ResolvedEstate } from '../estate/resolved.ts'
import { limitRules } from './limit-rules.ts'
import { ownRules } from './own-rules.ts'
import { stateRules } from './state-rules.ts'
import { yamlText } from './yaml-text.ts'

/** Recording and alert rules of Prometheus; `runbooks` is the address of the folder with the page of each alert. */
export function rulesText(estate: ResolvedEstate, runbooks: string): string {
  const groups = [limitRules(estate, runbooks), stateRules(estate, runbooks), ownRules(runbooks)]
  return yamlText({ groups })
}
