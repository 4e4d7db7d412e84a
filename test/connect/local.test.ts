import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../../connect/local.ts'

test('a command that ends without reading its input gives its answer, and ends nothing else', async () => {
  const input = 'x'.repeat(1 << 20)
  const ran = await local(['sh', '-c', 'exec 0<&-; echo enough; exit 3'], { input })
  assert.deepEqual([ran.code, ran.stdout], [3, 'enough\n'])
})
