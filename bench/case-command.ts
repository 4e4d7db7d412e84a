import type { CaseFound, CaseWorld } from './case.ts'
import { ownProgram } from './contender.ts'
import { digits, type Spread, spreadOf, spreadText } from './figures.ts'
import { writeInventory } from './inventory.ts'
import { loopbackUp } from './loopback.ts'
import { measured } from './measured.ts'
import { tableLines } from './table.ts'

const commands = 200

/** Serial commands on one open connection: Upkeep's, those of ssh2 alone, and OpenSSH's over a master. */
export async function commandCase({ end, repeats, tell }: CaseWorld): Promise<CaseFound> {
  const loopback = await loopbackUp(1, end)
  const files = writeInventory({ ...loopback, user: 'root' })
  const ways: readonly (readonly [name: string, argv: readonly string[]])[] = [
    ['ssh2 alone, as it is', ownProgram('serial-ssh2.ts', files.json, String(commands))],
    ['ssh2 alone, noDelay', ownProgram('serial-ssh2.ts', files.json, String(commands), 'no-delay')],
    ['Upkeep', ownProgram('serial-upkeep.ts', files.json, String(commands))],
    ['OpenSSH over a master', ownProgram('serial-openssh.ts', files.json, String(commands))],
  ]
  const found = new Map<string, number[]>()
  for (let round = 0; round < repeats; round += 1) {
    for (const [name, argv] of ways) {
      const ran = await measured([...loopback.inside, ...argv], end)
      if (ran.code !== 0) throw new Error(`${name}: ${ran.stderr.trim().slice(-400)}`)
      const { msEach } = JSON.parse(ran.stdout) as { readonly msEach: number }
      found.set(name, [...(found.get(name) ?? []), msEach])
      tell(`  ${name.padEnd(22)} ${digits(msEach)} ms each`)
    }
  }
  const spreads = new Map<string, Spread>([...found].map(([name, figures]) => [name, spreadOf(figures)]))
  return {
    says: [
      `${commands} commands (true) one after the other on one open connection to an sshd on`,
      'loopback. Upkeep sends each as a script on the standard input of a shell, with its',
      'own PATH and its marks around it; the others send the bare word.',
    ],
    table: tableLines(
      ['what', 'n', 'ms each'],
      [...spreads].map(([name, spread]) => [name, String(repeats), spreadText(spread)]),
    ),
    goals: [{ says: 'Upkeep: one command', found: spreads.get('Upkeep')?.median, limit: 5, unit: 'ms' }],
  }
}
