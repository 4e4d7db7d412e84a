import { createHook } from 'node:async_hooks'

// A process of its own: runs each command line (JSON in the arguments) one after the other and tells what it cost. Every
// socket, name look-up and program that this process asks the system for passes this hook, whoever asks.
const contacts: string[] = []
createHook({
  init(_id, type) {
    if (/^(TCP|PIPECONNECT|UDP|GETADDRINFO|GETNAMEINFO|QUERY|PROCESS)/.test(type)) contacts.push(type)
  },
}).enable()

const { main } = await import('../../../playbooks/main.ts')
const runs: { readonly code: number; readonly ms: number }[] = []
for (const line of process.argv.slice(2)) {
  const began = performance.now()
  const code = await main(JSON.parse(line) as string[])
  runs.push({ code, ms: performance.now() - began })
}
const megabytes = process.resourceUsage().maxRSS / 1024
process.stdout.write(`\n@cost ${JSON.stringify({ runs, megabytes, contacts })}\n`)
