import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { held, host } from './host.ts'

const thread = (work: string) => `
import ctypes, os, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
ready = threading.Event()
def go():
    # Its files (0x400), its root and working directory (0x200) are its own from here on.
    assert libc.unshare(0x400 | 0x200) == 0
    ${work}
    ready.set()
    threading.Event().wait()
threading.Thread(target=go, daemon=True).start()
ready.wait()`

test('what only a thread with files of its own has open, or works in, is in use', async (t) => {
  const h = host(t)
  for (const name of ['opened', 'tree/a', 'free']) h.file(name)
  h.age(join(h.where, 'tree'), 90_000)
  await h.process(
    thread(`kept.append(open(sys.argv[1] + '/opened')); os.chdir(sys.argv[1] + '/tree')`).replace(
      'ready =',
      'kept = []\nready =',
    ),
  )
  assert.deepEqual(held(h.scan({ what: ['*', '*/'] })), { open: 1, 'open (in the tree)': 1 })
})

test('what is open in a thread whose process has ended its first one is in use', async (t) => {
  const h = host(t)
  for (const name of ['opened', 'mapped', 'free']) h.file(name)
  await h.process(`
import ctypes, os, sys, threading
libc = ctypes.CDLL(None)
def go():
    kept = open(sys.argv[1] + '/opened')
    file = open(sys.argv[1] + '/mapped', 'rb')
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap(None, 4096, 1, 2, file.fileno(), ctypes.c_long(0))
    file.close()
    print('ready', flush=True)
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=go).start()
libc.syscall(60 if os.uname().machine == 'x86_64' else 93, 0)`)
  assert.deepEqual(held(h.scan()), { mapped: 1, open: 1 })
})

// Fault, clean up: a FUSE file system of the host does not answer any more. Outcome: it is not asked, and the rest is cleaned up.
test('a FUSE file system that hangs hangs nobody; one that shows a directory of a rule holds it back, by name', async (t) => {
  const h = host(t)
  h.file('a')
  const fuse = join(h.top, 'fuse')
  mkdirSync(fuse)
  const mounted = (source: string) => `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
device = os.open('/dev/fuse', os.O_RDWR)
options = b'fd=%d,rootmode=40000,user_id=0,group_id=0' % device
assert libc.mount(${JSON.stringify(source)}.encode(), b'${fuse}', b'fuse.test', 0, options) == 0, ctypes.get_errno()
kept = os.open('${fuse}', os.O_PATH)`
  await h.process(mounted('somewhere'))
  assert.deepEqual([h.scan().files, h.scan().refused], [1, null])
  await h.process(mounted(`somewhere:${h.where}`))
  assert.equal(h.scan().refused, null, 'of another host')
  await h.process(mounted(`/srv/other:${h.where}/below`))
  const row = h.clean()
  assert.deepEqual([row.refused?.code, row.refused?.found], ['fuse', fuse])
  assert.deepEqual(h.names(), ['a'])
})
