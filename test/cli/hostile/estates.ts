import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One hostile estate: its bytes, the code of the first problem, and what the message must name as allowed (or what it is). */
export type HostileEstate = {
  readonly says: string
  readonly bytes: Buffer
  readonly code: string
  readonly tells: RegExp
}

/** A good estate in which each kind of value stands once. */
export const goodEstate = readFileSync(join(import.meta.dirname, 'estate.yaml'), 'utf8')

const texts: HostileEstate[] = []

function estate(says: string, text: string | Buffer, code: string, tells: RegExp): void {
  texts.push({ says, bytes: Buffer.from(text), code, tells })
}

/** The good estate with one piece of it replaced. */
function put(says: string, from: string, to: string, code: string, tells: RegExp): void {
  const parts = goodEstate.split(from)
  if (parts.length < 2) throw new Error(`"${from}" is not in the estate`)
  estate(says, `${parts[0]}${to}${parts.slice(1).join(from)}`, code, tells)
}

const option = '-oProxyCommand=touch${IFS}/tmp/x'
const hostName = /lower case letters, digits and dashes/
const address = /no dash first/
const path = /no dash first, no quotation/
const line = /one line, no invisible/
const visible = /no invisible characters/

put('a host named as an option of ssh', 'erp-t:', `"${option}":`, 'estate/name', hostName)
put(
  'an address that is an option',
  'address: 127.0.0.1, port: 65533 }',
  `address: "${option}" }`,
  'estate/pattern',
  address,
)
put('a user that is an option', 'user: upkeep', `user: "${option}"`, 'estate/pattern', /lower case letters/)
put('a jump host that is an option', 'gate: {', `"${option}": {`, 'estate/name', hostName)
put(
  "a jump host's address that is an option",
  'gate: { address: 127.0.0.1',
  `gate: { address: "${option}"`,
  'estate/pattern',
  address,
)
put(
  "a jump host's user that is an option",
  'user: jumper',
  `user: "${option}"`,
  'estate/pattern',
  /lower case letters/,
)
put(
  'a reference to a jump host that is an option',
  'jump: gate',
  `jump: "${option}"`,
  'estate/pattern',
  /lower case/,
)
put('a key that is an option', 'key: host-key', `key: "${option}"`, 'estate/pattern', path)
put("a jump host's key that is an option", 'key: jump-key', `key: "${option}"`, 'estate/pattern', path)
put('known hosts that are an option', 'known-hosts-file', `"${option}"`, 'estate/pattern', path)
put(
  'a service that is an option: systemctl -H logs in elsewhere',
  'app.service',
  '"-Hevil.example.org"',
  'estate/pattern',
  /systemd unit/,
)
put(
  'a key with a quotation mark, which ssh_config can not hold',
  'key: host-key',
  `key: 'a"b'`,
  'estate/pattern',
  path,
)
put('a key with a line break', 'key: host-key', String.raw`key: "a\nProxyCommand=x"`, 'estate/pattern', path)
put('a state directory with a NUL', 'state-dir', String.raw`"a\0b"`, 'estate/pattern', path)
put(
  'a secret file with an escape sequence',
  'secret-file',
  String.raw`"\e]0;x\a"`,
  'estate/pattern',
  /a value that is not shown.*no dash first|no dash first/,
)
put(
  'a user with a line break',
  'user: upkeep',
  String.raw`user: "root\nProxyCommand x"`,
  'estate/pattern',
  /lower case/,
)
put('a host name that leaves its directory', 'erp-t:', '../../etc/cron.d/x:', 'estate/name', hostName)
put('a system name that leaves its directory', '  erp:', '  ../erp:', 'estate/name', hostName)
put('an estate name that leaves its directory', 'name: acme', 'name: ../acme', 'estate/pattern', /lower case/)
put('a host named in a foreign script that looks like ours', 'erp-t:', 'еrp-t:', 'estate/name', hostName)
put('a host name with a BiDi mark', 'erp-t:', String.raw`"erp\u202et":`, 'estate/name', hostName)
put(
  'a host name with an escape sequence',
  'erp-t:',
  String.raw`"\e[2J\e]0;owned\aerp":`,
  'estate/name',
  hostName,
)
put('a title with an escape sequence', 'The ERP', String.raw`"\e]0;owned\a"`, 'estate/pattern', line)
put('a title with a C1 control', 'The ERP', String.raw`"\x9b31m"`, 'estate/pattern', line)
put(
  'a title with a line break: a header of a mail',
  'The ERP',
  String.raw`"ERP\r\nBcc: all@example.org"`,
  'estate/pattern',
  line,
)
put(
  'a name of a person with a zero-width mark',
  'name: People',
  String.raw`name: "Pe\u200bople"`,
  'estate/pattern',
  line,
)
put(
  'a name of a freeze that turns the direction',
  'Closing',
  String.raw`"\u2066x\u2069"`,
  'estate/pattern',
  line,
)
put('a note that goes back on its line', 'a note', String.raw`"bad\rgood"`, 'estate/pattern', visible)
put('middleware with an escape sequence', 'some middleware', String.raw`"\e[8m"`, 'estate/pattern', visible)
put(
  'a command that does not show what it does',
  'close-it',
  String.raw`"rm\u202e"`,
  'estate/pattern',
  visible,
)
put('a command with a NUL', 'ask-it', String.raw`"a\0b"`, 'estate/pattern', visible)
put('a backup command with a NUL', 'tell-backup', String.raw`"a\0b"`, 'estate/pattern', visible)
put('a query with a NUL', 'select 1', String.raw`"select\0 1"`, 'estate/pattern', visible)
put('a database with a line break', 'books-name', String.raw`"a\nb"`, 'estate/pattern', line)
put(
  'a host header with a line break',
  'www.example.org',
  String.raw`"a\r\nX-Evil: 1"`,
  'estate/pattern',
  /host name, perhaps :port/,
)
put('a directory of machines that is an option', 'machines }', '--machine }', 'estate/pattern', path)
put(
  'a web address with a password',
  'http://127.0.0.1:65533/health',
  'http://ada:pw-hidden@127.0.0.1/',
  'estate/pattern',
  /without user and password/,
)
put(
  'a web address of another scheme',
  'http://127.0.0.1:65533/health',
  'file:///etc/passwd',
  'estate/pattern',
  /http:\/\/ or https:\/\//,
)
put(
  'a web address that runs a script',
  'http://127.0.0.1:65533/health',
  'javascript:alert(1)',
  'estate/pattern',
  /http:\/\/ or https:\/\//,
)
put(
  'a web address with an escape sequence',
  `'http://127.0.0.1:65533/health'`,
  String.raw`"http://h/\e[2J"`,
  'estate/pattern',
  /http:\/\/ or https:\/\//,
)
put(
  'a web address with a port above all',
  'http://127.0.0.1:65533/health',
  'http://127.0.0.1:99999/',
  'estate/address',
  /port up to 65535/,
)
put(
  'a web address that is no IPv6',
  'http://127.0.0.1:65533/health',
  'http://[:::::]/',
  'estate/address',
  /scheme:\/\/host/,
)
put(
  'a mail server that would run a program',
  'smtp://127.0.0.1:65533',
  'smtp://h?sendmail=true&path=/tmp/evil',
  'estate/pattern',
  /smtp:\/\/host:port/,
)
put(
  'a mail server with a password',
  'smtp://127.0.0.1:65533',
  'smtp://ada:pw-hidden@h',
  'estate/pattern',
  /without user and password/,
)
put(
  'a sender with a second header',
  'from: upkeep@example.org',
  String.raw`from: "a@b.org\r\nBcc: c@d.org"`,
  'estate/pattern',
  /Address of the sender/,
)
put('a person with two addresses', 'it@example.org', '"a,all@example.org"', 'estate/pattern', /Mail address/)
put(
  'an IPv6 zone with a command',
  'address: 127.0.0.1, port: 65533 }',
  'address: "fe80::1%$(id)" }',
  'estate/pattern',
  address,
)
put(
  'an IPv6 zone with a slash',
  'address: 127.0.0.1, port: 65533 }',
  'address: "fe80::1%../../x" }',
  'estate/pattern',
  address,
)
put(
  'an address with a line break',
  'address: 127.0.0.1, port: 65533 }',
  String.raw`address: "a\nb" }`,
  'estate/pattern',
  address,
)
put(
  'a port too large for any number',
  'port: 80, address',
  'port: 1e400, address',
  'estate/type',
  /whole number/,
)
put(
  'a port with more digits than a number has',
  'port: 80, address',
  `port: ${'9'.repeat(400)}, address`,
  'estate/type',
  /whole number/,
)
put('a port that is no number', 'port: 80, address', 'port: .nan, address', 'estate/type', /whole number/)
put('a port in octal', 'port: 80, address', 'port: 0o777777, address', 'estate/range', /from 1 to 65535/)
put('a version that is a date', 'version: 1', 'version: 2026-01-01', 'estate/type', /version is/)
put('a duration beyond all time', 'maxAge: 1d', 'maxAge: 99999999999999d', 'estate/pattern', /such as 90s/)
put(
  'an owner named as a function of every object',
  'owner: it',
  'owner: constructor',
  'estate/unknown-reference',
  /Allowed: it/,
)
put(
  'a window named as a function of every object',
  'window: night',
  'window: constructor',
  'estate/unknown-reference',
  /Allowed: night/,
)
put(
  'a jump host named as a function of every object',
  'jump: gate',
  'jump: constructor',
  'estate/unknown-reference',
  /Allowed: gate/,
)
put(
  'a role named as a function of every object',
  'primary: app',
  'primary: constructor',
  'estate/unknown-reference',
  /Allowed: app/,
)
put('a system named __proto__', '  erp:', '  __proto__:', 'estate/name', hostName)
put('a host named toString', 'erp-t:', 'toString:', 'estate/name', hostName)
put(
  'a prototype for the top',
  'version: 1',
  '__proto__: { version: 1 }\nversion: 1',
  'estate/unknown-key',
  /Allowed: version/,
)
put(
  'a prototype for a connection',
  'connection: { user: upkeep',
  'connection: { __proto__: { agent: true }, user: upkeep',
  'estate/unknown-key',
  /Allowed: port/,
)
put(
  'a merge key',
  'connection: { user: upkeep',
  'connection: { <<: { user: root }, user: upkeep',
  'estate/unknown-key',
  /Allowed: port/,
)
put(
  'the same key again',
  'timeZone: UTC',
  'timeZone: UTC\ntimeZone: Asia/Shanghai',
  'estate/twice',
  /in line 3 already/,
)
put(
  'a tag of a function',
  'name: acme',
  `name: !!js/function 'function () { process.exit(0) }'`,
  'estate/yaml',
  /Tags .* are not allowed/,
)
put(
  'a tag of an object of Python',
  'name: acme',
  `name: !!python/object/apply:os.system [id]`,
  'estate/yaml',
  /Tags .* are not allowed/,
)
put(
  'a key that is a mapping',
  'name: acme',
  '? { a: b }\n: c\nname: acme',
  'estate/yaml',
  /key must be plain text/,
)
put('a tab where blanks belong', '  erp:', '\terp:', 'estate/yaml', /[Tt]ab/)
put('a NUL in the file', 'name: acme', 'name: ac\0me', 'estate/pattern', /lower case/)
put('two documents', 'version: 1', 'version: 1\n---\nversion: 1', 'estate/yaml', /more than one document/)
put(
  'a time zone that leaves its directory',
  'timeZone: UTC',
  'timeZone: ../../etc/passwd',
  'estate/time-zone',
  /Asia\/Shanghai/,
)
put(
  'a wrapper that is more than a path',
  'user: upkeep',
  `user: upkeep, sudo: { wrapper: "/bin/sh -c id" }`,
  'estate/pattern',
  /Absolute path/,
)
put(
  '100,000 hosts',
  '    hosts:\n',
  `    hosts:\n${Array.from({ length: 100_000 }, (_, index) => `      h${index}: { ring: test, roles: [app] }\n`).join('')}`,
  'estate/too-large',
  /at most 2 MiB/,
)
put('a text of 10 MB', 'name: People', `name: ${'x'.repeat(10_000_000)}`, 'estate/too-large', /at most 2 MiB/)
put(
  'a text of 2 MB for a name',
  'name: acme',
  `name: ${'x'.repeat(2_000_000)}`,
  'estate/pattern',
  /lower case/,
)
put(
  'nested 10,000 deep',
  'version: 1',
  `x: ${'['.repeat(10_000)}${']'.repeat(10_000)}\nversion: 1`,
  'estate/yaml',
  /nested too deep/,
)
put(
  'nested 10,000 deep as mappings',
  'version: 1',
  `x: ${'{a: '.repeat(10_000)}1${'}'.repeat(10_000)}\nversion: 1`,
  'estate/yaml',
  /nested too deep/,
)
put('aliases that explode', 'version: 1', bomb(), 'estate/aliases', /at most 100 aliases/)
put('an alias of itself', 'name: acme', 'name: &a [ *a ]', 'estate/type', /Allowed: a text/)
put('an alias to nothing', 'name: acme', 'name: *nobody', 'estate/aliases', /for nothing/)

estate(
  'UTF-16',
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(goodEstate, 'utf16le')]),
  'estate/not-text',
  /UTF-8/,
)
estate(
  'bytes that are no UTF-8',
  Buffer.concat([Buffer.from(goodEstate), Buffer.from([0x23, 0xc3, 0x28])]),
  'estate/not-text',
  /0xc3/,
)
estate(
  'a surrogate half as UTF-8',
  Buffer.concat([Buffer.from([0x23, 0xed, 0xa0, 0x80, 0x0a]), Buffer.from(goodEstate)]),
  'estate/not-text',
  /UTF-8/,
)
estate('a program', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0]), 'estate/type', /a mapping/)
estate('nothing but line breaks', '\n'.repeat(1_000_000), 'estate/too-many-parts', /at most 100000/)
estate('a list of half a million', '- 1\n'.repeat(500_000), 'estate/too-many-parts', /at most 100000/)
estate(
  'a list of half a million on one line',
  `[${'1,'.repeat(500_000)}1]`,
  'estate/too-many-parts',
  /at most 100000/,
)
estate('a list as long as is read', '- 1\n'.repeat(99_000), 'estate/type', /a mapping/)

/** All of them. */
export const hostileEstates: readonly HostileEstate[] = texts

function bomb(): string {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const items =
      level === 0
        ? '[x, x, x, x, x, x, x, x, x]'
        : `[${Array(9)
            .fill(`*b${level - 1}`)
            .join(', ')}]`
    return `b${level}: &b${level} ${items}`
  })
  return `${levels.join('\n')}\nversion: 1`
}
