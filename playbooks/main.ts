#!/usr/bin/env -S node --disable-warning=DEP0190
import { hostname, userInfo } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { forTerminal, sanitise } from '../connect/text.ts'
import { exitCodes } from '../core/exit.ts'
import type { Shell } from './command.ts'
import { commandLine } from './command-line.ts'
import { nodeFlags } from './node-flags.ts'

const entry = fileURLToPath(new URL('upkeep.js', import.meta.url))

/** Reads a command line, does it, and gives the exit code; the only place that touches `process`. */
export async function main(argv: readonly string[]): Promise<number> {
  let interrupts = 0
  const listeners = new Set<(count: number) => void>()
  let isWatching = false
  function interrupted(): void {
    interrupts += 1
    if (listeners.size === 0) process.exit(130)
    for (const listener of listeners) listener(interrupts)
  }
  const outside: Omit<Shell, 'options' | 'operands' | 'json' | 'estatePath'> = {
    // Words of hosts and files pass here last, whatever was done to them before. A terminal for the talk says nothing
    // about the result, which may go to a file.
    out: (line) => process.stdout.write(`${printable(line)}\n`),
    async outParts(parts) {
      for (const part of parts) await written(printable(part))
      await written('\n')
    },
    note: (line) => process.stderr.write(`${process.stderr.isTTY ? forTerminal(line) : plain(line)}\n`),
    input: () => text(process.stdin),
    ask: (question) => askPerson(question),
    terminal: {
      live: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
      columns: process.stderr.columns ?? 80,
      colour: process.stderr.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
      raw: (text) => process.stderr.write(text),
    },
    env: process.env,
    cwd: process.cwd(),
    user: userInfo().username,
    machine: hostname(),
    pid: process.pid,
    now: Date.now,
    argv,
    program: [process.execPath, ...nodeFlags, entry],
    killSelf: () => process.kill(process.pid, 'SIGKILL'),
    suspendSelf: () => process.kill(process.pid, 'SIGSTOP'),
    exit: (name) => process.exit(exitCodes[name].code),
    onInterrupt(listener) {
      if (!isWatching) {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupted)
      }
      isWatching = true
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  // A reader that went away must never break off a change on a host.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  return commandLine(outside, argv)
}

/** Hands a playbook's own file to the command line when it is run as a script: `npx zx playbooks/patch.ts plan ..`. */
export async function runAsScript(url: string, verb: string): Promise<void> {
  const [, script = '', ...rest] = process.argv
  const argv = script.endsWith('/zx') || script.endsWith('cli.js') ? process.argv.slice(3) : rest
  const file = fileURLToPath(url)
  const named = process.argv
    .slice(1, 3)
    .some((word) => word !== '' && file.endsWith(word.replace(/^\.\//, '')))
  if (named) exitWith(await main([...verb.split(' '), ...argv]))
}

// Not awaited: the playbooks import this file, and would wait for it to end while it waits for them.
if (import.meta.main) void main(process.argv.slice(2)).then(exitWith)

/** On a terminal alone: what comes out of a pipe was written before the question was. */
async function askPerson(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const left = new AbortController()
  // Ctrl-C and the end of the input are an answer as well: nothing.
  lines.on('close', () => left.abort())
  try {
    return await lines.question(forTerminal(question), { signal: left.signal })
  } catch {
    return ''
  } finally {
    lines.close()
  }
}

function printable(text: string): string {
  return process.stdout.isTTY ? forTerminal(text) : plain(text)
}

/** Resolves once the system has it, or a reader that went away will never take it. */
function written(text: string): Promise<void> {
  return new Promise((resolve) => void process.stdout.write(text, () => resolve()))
}

function plain(line: string): string {
  return sanitise(line, Number.POSITIVE_INFINITY)
}

function exitWith(code: number): void {
  process.exitCode = code
}
