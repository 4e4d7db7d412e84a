import { forcing } from '../forcing.ts'
import { holdsState, isStore } from '../kinds.ts'
import { foundTexts, type StackRule } from '../rule.ts'

/** What holds state is deleted or begins anew; or it stays in the account, but nothing watches over it any more. */
export const replacesState: StackRule = {
  id: 'replaces-state',
  class: 'replaces-state',
  source:
    'Pulumi "Update plans and replacement", option retainOnDelete; the provider deletes what is replaced',
  finds(change) {
    const { operation, before } = change
    if ((operation !== 'delete' && operation !== 'replace') || !holdsState(change)) return []
    const stays = before?.retainOnDelete === true
    // Gone with its data: a rule of its own says so.
    if (isStore(change) && !stays) return []
    if (operation === 'delete') {
      const what = stays
        ? 'what holds data leaves the stack and stays in the account, where nobody looks after it'
        : 'what holds data is deleted'
      return [foundTexts(change, 'resource', 'there', stays ? 'left behind' : 'deleted', what)]
    }
    const { by, isCertain } = forcing(change)
    const rest = stays ? 'the old one stays in the account' : 'the old one is deleted'
    const what = `what holds data is made anew, empty; ${rest}; forced by ${by}`
    return [{ ...foundTexts(change, 'resource', 'there', 'replaced', what), isCertain }]
  },
}
