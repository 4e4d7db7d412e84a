import { ok, fail, type Result } from '../schemas/problem.ts'
import { quote, quoteAll } from './quote.ts'
import type { Sudo } from './target.ts'

/** Printed by the host before a script starts: what stands before it (banners of login shells) is not output. */
export const startMark = 'upkeep-started-6f1d0c'

/** Line after which the root shell behind a sudo password reads the script; all before it is thrown away. */
export const beginLine = '#upkeep-begin'

/** Prompt that sudo prints for each password it wants: the second one means that the first was refused. */
export const passwordPrompt = 'upkeep-asks-for-a-password:'

/**
 * A script with its arguments as text for the standard input of `sh -s`. The script is one quoted word inside one
 * compound command: each proper prefix is a syntax error or nothing, so a cut upload runs nothing, and the
 * commands of the script find an empty standard input.
 */
export function payload(script: string, args: readonly string[] = []): string {
  return headOf(args) + bodyOf(script)
}

/**
 * The same in two pieces: the arguments, which are each host's own, and the script in bytes. A thousand hosts get the same one,
 * and each copy of it would live as long as its connection.
 */
export function payloadPieces(
  script: string,
  args: readonly string[] = [],
): { readonly head: string; readonly body: Buffer } {
  if (last.script !== script) last = { script, body: Buffer.from(bodyOf(script)) }
  return { head: headOf(args), body: last.body }
}

let last = { script: '', body: Buffer.from(bodyOf('')) }

function headOf(args: readonly string[]): string {
  return `{ set -- ${quoteAll(args)}
LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL PATH
echo ${startMark}
`
}

function bodyOf(script: string): string {
  return `eval ${quote(script)}
} </dev/null
`
}

/** A script behind another one, if that ended with 0: what the first sets and changes is gone, but the parameters are the same. */
export function inTurn(first: string, then: string): string {
  return `( eval ${quote(first)}\n) || exit\n${then}`
}

/** Remote command line for a shell as the connecting user; the same for every script and every login shell. */
export const plainCommand = 'exec /bin/sh -s'

// The password is not read when sudo needs none; then it is the first line here, and must not be run as a command.
const passwordCommand = `exec sudo -S -k -p '${passwordPrompt}' /bin/sh -c 'echo ${startMark}; while IFS= read -r line; do [ "$line" = "${beginLine}" ] && exec /bin/sh -s; done; exit 1'`

/** Remote command line for a shell as root; `host/sudo-wrapper` when the wrapper's path is not a plain absolute one. */
export function rootCommand(sudo: Sudo): Result<string> {
  switch (sudo.mode) {
    case 'none':
      return ok(plainCommand)
    case 'password':
      return ok(passwordCommand)
    case 'nopasswd':
      return /^(\/[A-Za-z0-9._-]+)+$/.test(sudo.wrapper)
        ? ok(`exec sudo -n ${sudo.wrapper}`)
        : fail({
            code: 'host/sudo-wrapper',
            what: 'The path of the sudo wrapper is not a plain absolute path.',
            found: sudo.wrapper,
            expected: 'for example /usr/local/sbin/upkeep-root',
            fix: 'Correct it in the estate file.',
          })
  }
}
