import { refusedAddress } from './cloud.ts'
import { standIn } from './provider.ts'
import { serveProvider } from './wire.ts'

// pulumi-resource-aws of the lab: a stand-in for the AWS provider, which keeps what it makes in moto on this machine. It
// is for the lab only, and works with no other address.

const url = process.env['AWS_ENDPOINT_URL']
const accessKeyId = process.env['AWS_ACCESS_KEY_ID'] ?? ''
const secretAccessKey = process.env['AWS_SECRET_ACCESS_KEY'] ?? ''
const refusal = refusedAddress(url)

if (refusal !== undefined || url === undefined) {
  console.error(refusal)
  process.exit(1)
}
const { port } = await serveProvider(standIn({ url, accessKeyId, secretAccessKey }), '7.46.0')
// The engine reads the port from the first line.
console.log(port)

// An engine that is killed takes nobody with it: who has lost it ends by itself.
const engine = process.ppid
setInterval(() => {
  if (process.ppid !== engine) process.exit(0)
}, 500)
