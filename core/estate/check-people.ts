import type { LoadedEstate } from '../../schemas/load.ts'
import type { Placed } from '../../schemas/placed.ts'
import { complaint } from './complaint.ts'

/** Where mails are sent at all, owner and liaison have an address (R3.3: the people concerned are told before and after). */
export function* peopleCanBeTold(loaded: LoadedEstate): Generator<Placed> {
  const { contacts, mail, systems } = loaded.estate
  if (mail === undefined) return
  const told = new Set<string>()
  for (const [name, system] of Object.entries(systems)) {
    for (const key of ['owner', 'liaison'] as const) {
      const contact = system[key]
      // One message for each person, however many systems they own.
      if (contact === undefined || !Object.hasOwn(contacts, contact) || told.has(contact)) continue
      if (contacts[contact]?.mail !== undefined) continue
      told.add(contact)
      const what = `contacts.${contact} is the ${key} of ${name} and has no mail address`
      yield complaint(loaded, ['contacts', contact], { code: 'no-mail', what, fix: 'Add "mail:".' }, 'key')
    }
  }
}
