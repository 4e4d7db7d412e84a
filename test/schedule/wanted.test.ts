import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Shell } from '../../playbooks/command.ts'
import { wantedUnits, whyNotWork } from '../../playbooks/schedule/wanted.ts'
import { sampleEstate } from '../core/schedule/estate.ts'

/** What is found wrong with timers whose estate takes a password from SMTP_WORD, with this file of variables. */
async function found(context: TestContext, file: { readonly name: string; readonly text?: string }) {
  const cwd = mkdtempSync(join(tmpdir(), 'upkeep-timers-'))
  context.after(() => rmSync(cwd, { recursive: true, force: true }))
  if (file.text !== undefined) writeFileSync(join(cwd, file.name), file.text)
  const estate = estateIn(cwd, file.name)
  const problems = await whyNotWork(shellIn(cwd), estate)
  return problems.map((problem) => `${problem.code} ${String(problem.found ?? '')}`.trim())
}

// Of a shell no more is asked than where it stands, what runs it, and the time.
function shellIn(cwd: string): Shell {
  const shell = { cwd, estatePath: 'estate.yaml', program: ['/opt/node', '/opt/main.ts'], now: () => 0 }
  return shell as unknown as Shell
}

function estateIn(cwd: string, environment: string) {
  return sampleEstate((own) => {
    own.state = cwd
    own.mail = {
      smtp: 'smtps://mail.example:465',
      from: 'a@acme.example',
      user: 'a',
      password: { env: 'SMTP_WORD' },
    }
    own.schedule = { user: userInfo().username, environment: join(cwd, environment) }
  })
}

test('a file of variables that gives all that the estate takes from them is good', async (context) => {
  const text = '# for timers\nOTHER=1\n SMTP_WORD="a b"\n'
  assert.deepEqual(await found(context, { name: 'upkeep.env', text }), [])
})

test('a file of variables that lacks one, or is not there, is named before timers are', async (context) => {
  const text = '# SMTP_WORD=a\nSMTP_WORD_OLD=a\n'
  assert.deepEqual(await found(context, { name: 'upkeep.env', text }), ['schedule/environment SMTP_WORD'])
  assert.deepEqual(await found(context, { name: 'upkeep.env' }), ['schedule/environment'])
})

test('a name that systemd would take for several files is refused', async (context) => {
  const [first = ''] = await found(context, { name: 'upkeep[a].env', text: 'SMTP_WORD=a\n' })
  assert.match(first, /^schedule\/path .*upkeep\[a\]\.env/)
})

test('a directory of metrics that is none is named before timers are', async (context) => {
  const cwd = mkdtempSync(join(tmpdir(), 'upkeep-timers-'))
  context.after(() => rmSync(cwd, { recursive: true }))
  const problems = async (metrics: string) => {
    const estate = sampleEstate((own) => {
      own.state = cwd
      own.schedule = { user: userInfo().username, metrics: join(cwd, metrics) }
    })
    const files = Object.entries(wantedUnits(shellIn(cwd), estate).files)
    assert.ok(
      files.some(([file, text]) => file.includes('_patrol_') && text.includes(`"--metrics" "${cwd}/`)),
    )
    return (await whyNotWork(shellIn(cwd), estate)).map(({ code, found: saw }) => `${code} ${String(saw)}`)
  }
  assert.deepEqual(await problems('textfile'), ['schedule/metrics nothing is there'])
  writeFileSync(join(cwd, 'textfile'), '')
  assert.deepEqual(await problems('textfile'), ['schedule/metrics it is no directory'])
  rmSync(join(cwd, 'textfile'))
  mkdirSync(join(cwd, 'textfile'))
  assert.deepEqual(await problems('textfile'), [])
})

test('a state directory that is not there is refused where the user of the timers could not make it', async (context) => {
  const cwd = mkdtempSync(join(tmpdir(), 'upkeep-timers-'))
  context.after(() => rmSync(cwd, { recursive: true }))
  const problemsAs = async (user: string) => {
    const estate = sampleEstate((own) => {
      own.state = join(cwd, 'not/there')
      own.schedule = { user }
    })
    return (await whyNotWork(shellIn(cwd), estate)).map(({ code, found: saw }) => `${code} ${String(saw)}`)
  }
  assert.deepEqual(await problemsAs(userInfo().username), [])
  const other = userInfo().username === 'nobody' ? 'root' : 'nobody'
  assert.deepEqual(await problemsAs(other), [
    `schedule/user ${other}; ${cwd} belongs to user ${userInfo().uid}`,
  ])
})

test('a directory of the estate in which anybody may put another one is refused', async (context) => {
  const cwd = mkdtempSync(join(tmpdir(), 'upkeep-timers-'))
  context.after(() => rmSync(cwd, { recursive: true }))
  writeFileSync(join(cwd, 'upkeep.env'), 'SMTP_WORD=a\n')
  chmodSync(cwd, 0o777)
  const problems = await whyNotWork(shellIn(cwd), estateIn(cwd, 'upkeep.env'))
  assert.deepEqual(
    problems.map(({ code, where }) => `${code} ${String(where)}`),
    [`schedule/writable ${cwd}`],
  )
})

test('whom an inspection is mailed to is told by the estate: a mail server, and an owner or engineers with an address', () => {
  const mailing = (estate: ReturnType<typeof estateIn>) =>
    Object.entries(wantedUnits(shellIn('/srv'), estate).files)
      .filter(([, text]) => text.includes('"--mail"'))
      .map(([file]) => file)
  const estate = estateIn('/srv', 'upkeep.env')
  assert.equal(mailing(estate).length, Object.keys(estate.systems).length)
  const { mail, ...without } = estate
  assert.deepEqual([mail?.user, mailing(without)], ['a', []])
})
