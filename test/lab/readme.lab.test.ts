import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { blocksOf, readmeCommands } from '../cli/readme.ts'
import { freshPair, onHost, pair, portalOn } from './oa.ts'
import { type Ran, upkeep } from './upkeep.ts'

const root = join(import.meta.dirname, '../..')
/** The hosts of the pages, and those of the lab that stand for them. */
const stands = [
  ['10.20.1.31', '10.77.0.31'],
  ['10.20.2.31', '10.77.0.30'],
] as const

function ofTheLab(text: string): string {
  return stands.reduce((changed, [page, lab]) => changed.replaceAll(page, lab), text)
}

describe('a reader who takes Upkeep to hosts of their own', () => {
  let dir: string
  let company: string

  before(async () => {
    await freshPair()
    dir = await mkdtemp(join(tmpdir(), 'upkeep-readme-'))
    company = join(dir, 'company')
    await mkdir(company)
  })
  after(async () => {
    await freshPair()
    await rm(dir, { recursive: true, force: true })
  })

  test('prepares them by the host guide: user, key, wrapper, pinned keys', async () => {
    const guide = readmeCommands('docs/host-setup.md').map(({ line }) => line)
    const key = join(dir, 'upkeep_ed25519')
    const makeKey = guide.find((line) => line.startsWith('ssh-keygen -t')) ?? assert.fail()
    execFileSync('sh', ['-c', `${makeKey.replace('~/.ssh/upkeep_ed25519', key)} -q`])
    const files = {
      '/tmp/upkeep_ed25519.pub': await readFile(`${key}.pub`),
      '/tmp/upkeep-root': await readFile(join(root, 'connect/host/upkeep-root')),
    }
    const onEach = guide.slice(
      guide.findIndex((line) => line.startsWith('useradd')),
      1 + guide.findIndex((line) => line.startsWith('visudo')),
    )
    assert.equal(onEach.length, 6)
    for (const host of pair) {
      await onHost(
        host,
        'userdel --remove upkeep 2>/dev/null; rm /etc/sudoers.d/upkeep /usr/local/sbin/upkeep-root',
      )
      for (const [path, bytes] of Object.entries(files))
        await onHost(host, `echo ${bytes.toString('base64')} | base64 -d >${path}`)
      await onHost(host, `set -e\n${onEach.join('\n')}`)
    }
    const scan = guide.find((line) => line.startsWith('ssh-keyscan')) ?? assert.fail()
    // As the page says: from the directory of the clone, beside the estate file that lies in it.
    execFileSync('sh', ['-c', ofTheLab(scan)], { cwd: dir, stdio: ['ignore', 'ignore', 'ignore'] })
  })

  test('finds that every command of the README does what it says, in its order', async () => {
    const [yaml] = blocksOf('README.md').filter(({ info }) => info[0] === 'yaml')
    const text = ofTheLab(yaml?.text ?? '')
      .replace('~/.ssh/upkeep_ed25519', join(dir, 'upkeep_ed25519'))
      // The page's window opens on Saturday night: here it is always Saturday.
      .replace(
        "days: [saturday], start: '22:00', duration: 6h",
        "days: [monday], start: '00:00', duration: 168h",
      )
      // The vendor's package is no security update of Debian.
      .replace(
        'snapshots: go-without',
        "snapshots: go-without\n      origins: ['Lab ERP vendor']\n      holds: ['nginx*', 'libnginx*', 'openssl', 'libssl*']",
      )
    await writeFile(join(company, 'estate.yaml'), text)

    let rollout = ''
    const ended: string[] = []
    const said = new Map<string, Ran>()
    for (const { line, needs } of readmeCommands()) {
      if (needs !== 'own') continue
      const words = wordsOf(line, rollout)
      const ran = await upkeep(words, { estate: join(company, 'estate.yaml'), cwd: dir })
      const verb = words.filter((word) => /^(--)?[a-z][a-z-]*$/.test(word) && word !== 'wiki').join(' ')
      ended.push(`${verb}: ${ran.code}`)
      said.set(verb, ran)
      if (!verb.startsWith('patch plan')) continue
      const plan = JSON.parse(await readFile(join(dir, 'plan.json'), 'utf8')) as { id: string }
      rollout = plan.id
    }
    const all = [...said.values()].map(({ stdout, stderr }) => stdout + stderr).join('\n')
    assert.deepEqual(
      ended,
      [
        'doctor: 0',
        'patch plan --system --out: 0',
        'patch run --plan --reason: 0',
        'patch status: 0',
        'resume: 0',
        'stop --reason: 0',
        'resume --rollout --go-on: 0',
        // This host is neither unknown nor stuck, and no estate here names who signs heads.
        'settle --as undone --reason: 3',
        'patch expire --dry-run: 0',
        'rollback --rollout --reason: 0',
        // It is back already, and its estate goes without snapshots.
        'rollback --rollout --host --way snapshot --reason: 3',
        'journal show --rollout: 0',
        'journal verify: 0',
        'journal verify --heads: 3',
        // Hosts of the lab never fetched an index of packages: which patches wait is unknown.
        'patrol: 10',
        'patrol --system --nagios: 3',
        'schedule show: 0',
      ],
      all,
    )
    for (const verb of ['patch run --plan --reason', 'resume', 'resume --rollout --go-on'])
      assert.match(said.get(verb)?.stdout ?? '', /test hosts are soaking/, verb)
    assert.match(said.get('patch status')?.stdout ?? '', /wiki-test .*done/)
    for (const host of pair) assert.equal(await portalOn(host), '1.0', host)
  })
})

/** The words of a command as a shell gives them on, the page's rollout replaced; without its estate. */
function wordsOf(line: string, rollout: string): readonly string[] {
  const quoted = execFileSync('sh', ['-c', `printf '%s\\n' ${line.replace(/^npx upkeep /, '')}`]).toString()
  const words = quoted
    .trimEnd()
    .split('\n')
    .map((word) => (/^wiki-\d+-\d+$/.test(word) ? rollout : word))
  const at = words.indexOf('--estate')
  return at < 0 ? words : words.toSpliced(at, 2)
}
