import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessions } from './sshd.ts'

test('of a server whose processes have ended there are no connections, and nothing fails by that', () => {
  // Above what Linux gives at most (2^22).
  assert.deepEqual(sessions(2 ** 22 + 1), [])
})
