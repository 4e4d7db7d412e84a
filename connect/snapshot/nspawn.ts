import { fail, ok, type Result } from '../../schemas/problem.ts'
import { type Fence, fenceArgs, fenceDirectory, fenceFunctions, fenceRefusal, refusedCode } from '../fence.ts'
import { local } from '../local.ts'
import { quote } from '../quote.ts'
import type { SnapshotDriver } from './driver.ts'

/** Where machines (`hosts/NAME`), snapshots and `machine stop|start NAME`, which ends and boots one, lie on btrfs. */
export type NspawnOptions = { readonly directory: string }

const prologue = `${fenceFunctions}
set -eu
directory=$1 host=$2 name=$3
hosts=$directory/hosts
snapshots=$directory/snapshots/$host
mkdir -p "$snapshots"
# An orphan of a killed controller may still be at work here.
exec 9>"$snapshots/.lock"
flock 9
fence=$4 token=$5 holder=$6
if ! fence_check "$snapshots/$fence" "$token" "$holder"; then fence_raise "$snapshots/$fence" "$token" "$holder"; fi
shift 6
# What was replaced may hold subvolumes that were made after the snapshot: the root of each has the inode 256.
drop() {
  btrfs subvolume delete "$1" >/dev/null 2>&1 ||
    find "$1" -depth -type d -inum 256 -exec btrfs subvolume delete {} \\; >/dev/null
  [ ! -d "$1" ]
}
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
once=$1
shift
done=$snapshots/$name.restored.$once
replaced=$snapshots/$name.replaced.$once
[ -e "$done" ] && exit 0
[ -d "$snapshots/$name" ] || { echo "there is no snapshot $name of $host"; exit 4; }
kept=${fenceDirectory}
# What is written into the host's tree from out here must land in it, whatever links there are.
inside() { [ "$(realpath -e "$1$2" 2>/dev/null)" = "$(realpath -e "$1")$2" ]; }
absent() { [ ! -e "$1$2" ] && [ ! -L "$1$2" ] && inside "$1" "\${2%/*}"; }
inside "$snapshots/$name" "$kept" || absent "$snapshots/$name" "$kept" || { echo "$kept of $host is not a plain directory"; exit 6; }
# What the host itself has seen counts too, unless it has made it unreadable.
seen() { (fence_check "$1" "$token" "$holder" 2>/dev/null) || [ $? -ne ${refusedCode} ] || exit ${refusedCode}; }
for root in "$hosts/$host" "$replaced"; do
  if inside "$root" "$kept"; then seen "$root$kept/$fence"; fi
done
"$@" stop "$host" 9>&-
if [ ! -d "$replaced" ]; then
  for older in "$snapshots"/*.replaced.*; do
    [ ! -d "$older" ] || drop "$older"
  done
  mv "$hosts/$host" "$replaced"
fi
[ -d "$hosts/$host" ] || btrfs subvolume snapshot "$snapshots/$name" "$hosts/$host" >/dev/null
# The snapshot knows the tokens of its time only: before the host can be asked anything it learns those of today.
[ -d "$hosts/$host$kept" ] || mkdir -m 700 "$hosts/$host$kept"
if inside "$replaced" "$kept"; then
  for file in "$replaced$kept"/fence-*; do
    case $file in *.lock | *.new) continue ;; esac
    [ -f "$file" ] && [ ! -L "$file" ] && [ "$(stat -c %s "$file")" -lt 300 ] || continue
    # Any token is below this one: false is a file that can be read.
    status=0
    (fence_check "$file" 999999999999999 -) >/dev/null 2>&1 || status=$?
    [ "$status" -ne 1 ] || cp -p --remove-destination "$file" "$hosts/$host$kept/"
  done
fi
mine=$hosts/$host$kept/$fence
rm -f "$mine.new"
status=0
# Whatever it says now, the host is not left lying.
said=$(if ! fence_check "$mine" "$token" "$holder"; then fence_raise "$mine" "$token" "$holder"; fi) || status=$?
"$@" start "$host" 9>&-
if [ "$status" -ne 0 ]; then printf '%s\\n' "$said"; exit "$status"; fi
: >"$done"
sync -f "$done"
`

const remove = `${prologue}
for one in "$snapshots/$name" "$snapshots/$name".replaced.*; do
  [ ! -d "$one" ] || drop "$one"
done
rm -f "$snapshots/$name".restored.*
`

// Bytes that no other subvolume shares: what would be free again.
const list = `
set -eu
cd "$1/snapshots/$2" 2>/dev/null || exit 0
for one in *; do
  case $one in *.replaced.*) continue ;; esac
  [ -d "$one" ] || continue
  taken=$(btrfs subvolume show "$one" | sed -n 's/^[[:space:]]*Creation time:[[:space:]]*//p')
  bytes=0
  for part in "$one" "$one".replaced.*; do
    [ -d "$part" ] || continue
    own=$(btrfs filesystem du -s --raw "$part" | awk 'NR == 2 { print $2 }')
    bytes=$((bytes + own))
  done
  printf '%s %s %s\\n' "$(date -d "$taken" +%s)" "$bytes" "$one"
done
`

const inspect = `
set -eu
printf '%s\\n' "$(stat -f -c '%a %S' "$1/hosts/$2")"
btrfs subvolume list -o "$1/hosts/$2" | sed 's/.* path //'
`

const limitMs = 180_000

/** Snapshots of systemd-nspawn machines that each are one btrfs subvolume: stop, swap, boot. Without a fence it only looks. */
export function nspawnSnapshots(o: NspawnOptions, fence?: Fence): SnapshotDriver {
  async function change(script: string, host: string, name: string, more: readonly string[] = []) {
    if (fence === undefined) throw new Error('this driver may only look')
    return nothing(run(script, [host, name, ...fenceArgs(fence, '.'), ...more], host))
  }

  async function run(script: string, args: readonly string[], host: string): Promise<Result<string>> {
    const ran = await local(['sh', '-c', script, 'sh', o.directory, ...args], { timeoutMs: limitMs })
    const where = `${o.directory}/snapshots/${host}`
    const refusal = fence && fenceRefusal(fence, { code: ran.code, stdout: ran.stdout, where })
    if (refusal !== undefined) return fail(refusal)
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
    claim: (host) => change(prologue, host, '-'),
    take: (host, name) => change(take, host, name),
    restore: (host, name, token) => change(restore, host, name, [token, `${o.directory}/machine`]),
    remove: (host, name) => change(remove, host, name),
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
    list: async (host) => {
      const answer = await run(list, [host], host)
      if (!answer.ok) return answer
      const lines = answer.value.split('\n').filter((line) => line !== '')
      return ok(
        lines.map((line) => {
          const [taken, bytes, ...name] = line.split(' ')
          return { name: name.join(' '), takenMs: Number(taken) * 1000, bytes: Number(bytes) }
        }),
      )
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
