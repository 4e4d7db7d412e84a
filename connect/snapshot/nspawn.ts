import { fail, ok, type Result } from '../../schemas/problem.ts'
import { local } from '../local.ts'
import { quote } from '../quote.ts'
import type { SnapshotDriver } from './driver.ts'

/** Where machines (`hosts/NAME`), snapshots and `machine stop|start NAME`, which ends and boots one, lie on btrfs. */
export type NspawnOptions = { readonly directory: string }

const prologue = `
set -eu
directory=$1 host=$2 name=$3
hosts=$directory/hosts
snapshots=$directory/snapshots/$host
mkdir -p "$snapshots"
# An orphan of a killed controller may still be at work here.
exec 9>"$snapshots/.lock"
flock 9
`

const take = `${prologue}
[ -d "$snapshots/$name" ] && exit 0
nested=$(btrfs subvolume list -o "$hosts/$host")
if [ -n "$nested" ]; then printf '%s\\n' "$nested"; exit 3; fi
btrfs subvolume snapshot -r "$hosts/$host" "$snapshots/$name" >/dev/null
cmp -s "$hosts/$host/etc/machine-id" "$snapshots/$name/etc/machine-id"
btrfs filesystem sync "$directory"
`

const restore = `${prologue}
token=$4
shift 4
done=$snapshots/$name.restored.$token
replaced=$snapshots/$name.replaced.$token
[ -e "$done" ] && exit 0
[ -d "$snapshots/$name" ] || { echo "there is no snapshot $name of $host"; exit 4; }
"$@" stop "$host" 9>&-
if [ ! -d "$replaced" ]; then
  for older in "$snapshots"/*.replaced.*; do
    [ -d "$older" ] && btrfs subvolume delete "$older" >/dev/null
  done
  mv "$hosts/$host" "$replaced"
fi
[ -d "$hosts/$host" ] || btrfs subvolume snapshot "$snapshots/$name" "$hosts/$host" >/dev/null
"$@" start "$host" 9>&-
: >"$done"
sync -f "$done"
`

const remove = `${prologue}
for one in "$snapshots/$name" "$snapshots/$name".replaced.*; do
  [ -d "$one" ] && btrfs subvolume delete "$one" >/dev/null
done
rm -f "$snapshots/$name".restored.*
`

const inspect = `
set -eu
printf '%s\\n' "$(stat -f -c '%a %S' "$1/hosts/$2")"
btrfs subvolume list -o "$1/hosts/$2" | sed 's/.* path //'
`

const limitMs = 180_000

/** Snapshots of systemd-nspawn machines that each are one btrfs subvolume: stop, swap, boot. */
export function nspawnSnapshots(o: NspawnOptions): SnapshotDriver {
  async function run(script: string, args: readonly string[], host: string): Promise<Result<string>> {
    const ran = await local(['sh', '-c', script, 'sh', o.directory, ...args], { timeoutMs: limitMs })
    if (ran.code === 0) return ok(ran.stdout)
    if (ran.code === 3) {
      return fail({
        code: 'snapshot/incomplete',
        what: 'A snapshot of this host would leave out subvolumes that lie inside it.',
        where: host,
        found: ran.stdout.trim(),
        fix: 'Make them plain directories, or move them out of the host.',
      })
    }
    if (ran.code === null) {
      return fail({
        code: 'snapshot/no-answer',
        what: `The hypervisor did not say within ${limitMs / 1000} s whether it did it.`,
        where: host,
        fix: `Look at ${o.directory}; repeating the call is safe.`,
      })
    }
    return fail({
      code: 'snapshot/failed',
      what: 'The hypervisor could not do what was asked of it.',
      where: host,
      found: `${ran.stdout}${ran.stderr}`.trim().slice(-600) || `exit ${ran.code}`,
      fix: `Look at ${o.directory}; repeating the call is safe.`,
    })
  }

  return {
    name: 'nspawn',
    take: (host, name) => nothing(run(take, [host, name], host)),
    restore: (host, name, token) =>
      nothing(run(restore, [host, name, token, `${o.directory}/machine`], host)),
    remove: (host, name) => nothing(run(remove, [host, name], host)),
    byHand: (host, name) => {
      const at = (path: string) => quote(`${o.directory}/${path}`)
      return [
        `btrfs subvolume list -o ${at(`snapshots/${host}`)}`,
        `${at('machine')} stop ${quote(host)}`,
        `mv ${at(`hosts/${host}`)} ${at(`snapshots/${host}/${name}.replaced.by-hand`)}`,
        `btrfs subvolume snapshot ${at(`snapshots/${host}/${name}`)} ${at(`hosts/${host}`)}`,
        `${at('machine')} start ${quote(host)}`,
      ]
    },
    has: async (host, name) => {
      const ran = await local(['test', '-d', `${o.directory}/snapshots/${host}/${name}`])
      return ok(ran.code === 0)
    },
    inspect: async (host) => {
      const answer = await run(inspect, [host], host)
      if (!answer.ok) return answer
      const [space = '', ...leftOut] = answer.value.trimEnd().split('\n')
      const [blocks = 0, size = 0] = space.split(' ').map(Number)
      return ok({ freeBytes: blocks * size, leftOut })
    },
  }
}

async function nothing(answer: Promise<Result<string>>): Promise<Result<void>> {
  const got = await answer
  return got.ok ? ok(undefined) : got
}
