import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { createServer } from 'node:tls'
import { servedCertificate } from '../../connect/certificate.ts'
import { certificateFigure, readCertificates } from '../../playbooks/facts/patrol-certificates.ts'
import { figuresOf, ran } from './patrol-host.ts'
import { answerWith } from './patrol-answer.ts'

const dir = mkdtempSync(join(tmpdir(), 'upkeep-certificates-'))
after(() => rmSync(dir, { recursive: true, force: true }))

/** A certificate that ends in so many days, and its key. */
function made(name: string, days: number): { readonly certificate: string; readonly key: string } {
  const [key, file] = [join(dir, `${name}.key`), join(dir, `${name}.pem`)]
  const argv = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync(
    'openssl',
    [...argv, '-keyout', key, '-out', file, '-days', String(days), '-subj', `/CN=${name}`],
    {
      stdio: 'ignore',
    },
  )
  return { certificate: readFileSync(file, 'utf8'), key: readFileSync(key, 'utf8') }
}

const shop = made('shop.example', 20)
const long = made('long.example', 400)
const rounded = (lines: readonly string[]) =>
  lines.map((one) => one.replace(/=(\d+)(\.\d)?$/, (_, days) => `=${days}`))

describe('certificates', () => {
  test('are found where nginx, Apache and PostgreSQL name them, and where the estate does', () => {
    const { look, answer } = ran({
      files: {
        '/etc/nginx/sites-enabled/shop':
          '  ssl_certificate     /etc/nginx/shop.pem;\n# ssl_certificate /no/comment.pem;\n',
        '/etc/nginx/conf.d/x.conf':
          'ssl_certificate tls/by-name.pem;\nssl_certificate $by_variable;\nssl_certificate_key /etc/key.pem;\n',
        '/etc/apache2/sites-enabled/a.conf': '\tSSLCertificateFile "/etc/apache2/a.pem"\n',
        '/etc/postgresql/15/main/postgresql.conf': "ssl = on\nssl_cert_file = '/etc/pg.pem' # the one\n",
        '/etc/postgresql/15/off/postgresql.conf': "ssl = off\nssl_cert_file = '/etc/off.pem'\n",
      },
      wanted: { certificates: ['/srv/own cert.pem', '/srv/$(touch x).pem'] },
    })
    assert.equal(answer.sections.get('certificates')?.code, 0)
    const paths = figuresOf(look, 'certificates').map((one) => one.replace(/=.*/, ''))
    // Where they lie is not looked up below the tree of this test, so each is one that is not there.
    assert.deepEqual(
      paths.sort(),
      [
        '/etc/apache2/a.pem',
        '/etc/nginx/shop.pem',
        '/etc/pg.pem',
        '/srv/own cert.pem',
        ...paths.filter((one) => one.endsWith('/etc/nginx/tls/by-name.pem')),
      ].sort(),
    )
    assert.equal(paths.length, 5)
  })

  test('have days left: of a file with several the one that ends first, and its key stays where it is', () => {
    const file = join(dir, 'chain.pem')
    execFileSync('sh', ['-c', 'cat > "$1"', 'sh', file], {
      input: `${shop.key}${long.certificate}${shop.certificate}`,
    })
    const { look, answer } = ran({
      wanted: { certificates: [file, join(dir, 'long.example.pem'), join(dir, 'shop.example.key')] },
    })
    // This machine may have some of its own.
    const ours = figuresOf(look, 'certificates').filter((one) => one.startsWith(dir))
    assert.deepEqual(rounded(ours), [
      `${file}=20`,
      `${join(dir, 'long.example.pem')}=400`,
      `${join(dir, 'shop.example.key')}=unknown`,
    ])
    const key = shop.key.split('\n')[1] ?? 'no key'
    assert.ok(!answer.sections.get('certificates')?.bytes.toString().includes(key))
    const figure = look.figures.find(({ of }) => of === file)
    assert.ok(figure?.state === 'seen' && /^shop\.example, until \d{4}-\d\d-\d\d$/.test(figure.said ?? ''))
  })

  test('that are over, or have not begun, have none', () => {
    const day = 86_400_000
    const shown = {
      subject: 'CN=a',
      validFrom: 'Nov  1 00:00:00 2026 GMT',
      validTo: 'Nov 30 00:00:00 2026 GMT',
    }
    const at = (text: string) => {
      const figure = certificateFigure('a', shown, Date.parse(text))
      return figure.state === 'seen' ? `${figure.value} ${figure.said}` : figure.why
    }
    assert.equal(at('2026-12-02T00:00:00Z'), '0 a, over since 2026-11-30')
    assert.equal(at('2026-10-01T00:00:00Z'), '0 a begins only on 2026-11-01T00:00:00.000Z')
    assert.equal(
      at(new Date(Date.parse('2026-11-30T00:00:00Z') - 3 * day).toISOString()),
      '3 a, until 2026-11-30',
    )
    assert.equal(certificateFigure('a', { ...shown, validTo: 'never' }, 0).state, 'unknown')
  })

  test('whose file hangs or is no certificate are unknown', () => {
    const read = (part: string | { code: number; text: string }) =>
      readCertificates(answerWith({ certificates: part }), Date.now()).map((one) => `${one.of}=${one.state}`)
    assert.deepEqual(read('/a.pem\tAAAA\n/b.pem\t-\n'), ['/a.pem=unknown', '/b.pem=unknown'])
    assert.deepEqual(read({ code: 124, text: '' }), ['=unknown'])
    assert.deepEqual(read('late\n'), ['=unknown'])
  })

  test('that are served are looked at, trusted or not; a server that says nothing is given up', async (context) => {
    const server = createServer({ key: shop.key, cert: shop.certificate })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    context.after(() => server.close())
    const { port } = server.address() as { port: number }
    const got = await servedCertificate('127.0.0.1', port, 5_000)
    assert.ok(got.ok)
    assert.match(got.value.subject, /CN=shop\.example/)
    const silent = (await import('node:net')).createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    context.after(() => silent.close())
    const none = await servedCertificate('127.0.0.1', (silent.address() as { port: number }).port, 300)
    assert.ok(!none.ok)
    assert.ok(!(await servedCertificate('127.0.0.1', 1, 300)).ok)
  })
})
