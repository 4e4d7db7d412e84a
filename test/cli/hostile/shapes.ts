import { estate, goodEstate, type HostileEstate, put } from './make.ts'

const hostName = /lower case letters, digits and dashes/

/** Estates that are hostile as files: references, keys, YAML, size, bytes. */
export const hostileShapes: readonly HostileEstate[] = [
  put(
    'an owner named as a function of every object',
    'owner: it',
    'owner: constructor',
    'estate/unknown-reference',
    /Allowed: it/,
  ),
  put(
    'a window named as a function of every object',
    'window: night',
    'window: constructor',
    'estate/unknown-reference',
    /Allowed: night/,
  ),
  put(
    'a jump host named as a function of every object',
    'jump: gate',
    'jump: constructor',
    'estate/unknown-reference',
    /Allowed: gate/,
  ),
  put(
    'a role named as a function of every object',
    'primary: app',
    'primary: constructor',
    'estate/unknown-reference',
    /Allowed: app/,
  ),
  put('a system named __proto__', '  erp:', '  __proto__:', 'estate/name', hostName),
  put('a host named toString', 'erp-t:', 'toString:', 'estate/name', hostName),
  put(
    'a prototype for the top',
    'version: 1',
    '__proto__: { version: 1 }\nversion: 1',
    'estate/unknown-key',
    /Allowed: version/,
  ),
  put(
    'a prototype for a connection',
    'connection: { user: upkeep',
    'connection: { __proto__: { agent: true }, user: upkeep',
    'estate/unknown-key',
    /Allowed: port/,
  ),
  put(
    'a merge key',
    'connection: { user: upkeep',
    'connection: { <<: { user: root }, user: upkeep',
    'estate/unknown-key',
    /Allowed: port/,
  ),
  put(
    'the same key again',
    'timeZone: UTC',
    'timeZone: UTC\ntimeZone: Asia/Shanghai',
    'estate/twice',
    /in line 3 already/,
  ),
  put(
    'a tag of a function',
    'name: acme',
    `name: !!js/function 'function () { process.exit(0) }'`,
    'estate/yaml',
    /Tags .* are not allowed/,
  ),
  put(
    'a tag of an object of Python',
    'name: acme',
    `name: !!python/object/apply:os.system [id]`,
    'estate/yaml',
    /Tags .* are not allowed/,
  ),
  put(
    'a key that is a mapping',
    'name: acme',
    '? { a: b }\n: c\nname: acme',
    'estate/yaml',
    /key must be plain text/,
  ),
  put('a tab where blanks belong', '  erp:', '\terp:', 'estate/yaml', /[Tt]ab/),
  put('a NUL in the file', 'name: acme', 'name: ac\0me', 'estate/pattern', /lower case/),
  put('two documents', 'version: 1', 'version: 1\n---\nversion: 1', 'estate/yaml', /more than one document/),
  put(
    'a time zone that leaves its directory',
    'timeZone: UTC',
    'timeZone: ../../etc/passwd',
    'estate/time-zone',
    /Asia\/Shanghai/,
  ),
  put(
    'a wrapper that is more than a path',
    'user: upkeep',
    `user: upkeep, sudo: { wrapper: "/bin/sh -c id" }`,
    'estate/pattern',
    /Absolute path/,
  ),
  put(
    '100,000 hosts',
    '    hosts:\n',
    `    hosts:\n${Array.from({ length: 100_000 }, (_, index) => `      h${index}: { ring: test, roles: [app] }\n`).join('')}`,
    'estate/too-large',
    /at most 2 MiB/,
  ),
  put(
    'a text of 10 MB',
    'name: People',
    `name: ${'x'.repeat(10_000_000)}`,
    'estate/too-large',
    /at most 2 MiB/,
  ),
  put(
    'a text of 2 MB for a name',
    'name: acme',
    `name: ${'x'.repeat(2_000_000)}`,
    'estate/pattern',
    /lower case/,
  ),
  put(
    'nested 10,000 deep',
    'version: 1',
    `x: ${'['.repeat(10_000)}${']'.repeat(10_000)}\nversion: 1`,
    'estate/yaml',
    /nested too deep/,
  ),
  put(
    'nested 10,000 deep as mappings',
    'version: 1',
    `x: ${'{a: '.repeat(10_000)}1${'}'.repeat(10_000)}\nversion: 1`,
    'estate/yaml',
    /nested too deep/,
  ),
  put('aliases that explode', 'version: 1', bomb(), 'estate/aliases', /at most 100 aliases/),
  put('an alias of itself', 'name: acme', 'name: &a [ *a ]', 'estate/type', /Allowed: a text/),
  put('an alias to nothing', 'name: acme', 'name: *nobody', 'estate/aliases', /for nothing/),
  estate(
    'UTF-16',
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(goodEstate, 'utf16le')]),
    'estate/not-text',
    /UTF-8/,
  ),
  estate(
    'bytes that are no UTF-8',
    Buffer.concat([Buffer.from(goodEstate), Buffer.from([0x23, 0xc3, 0x28])]),
    'estate/not-text',
    /0xc3/,
  ),
  estate(
    'a surrogate half as UTF-8',
    Buffer.concat([Buffer.from([0x23, 0xed, 0xa0, 0x80, 0x0a]), Buffer.from(goodEstate)]),
    'estate/not-text',
    /UTF-8/,
  ),
  estate(
    'a program',
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0]),
    'estate/type',
    /a mapping/,
  ),
  estate('nothing but line breaks', '\n'.repeat(1_000_000), 'estate/too-many-parts', /at most 60000/),
  estate('a list of half a million', '- 1\n'.repeat(500_000), 'estate/too-many-parts', /at most 60000/),
  estate(
    'a list of half a million on one line',
    `[${'1,'.repeat(500_000)}1]`,
    'estate/too-many-parts',
    /at most 60000/,
  ),
  estate('a list as long as is read', '- 1\n'.repeat(59_000), 'estate/type', /a mapping/),
]

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
