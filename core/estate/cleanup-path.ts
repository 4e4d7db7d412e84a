// The same list stands in playbooks/facts/cleanup/handles.py: a host does not rely on this check. A test compares them.

/** Directories that no rule may clean, nor anything below them. */
export const neverBelow: readonly string[] =
  `/bin /boot /dev /etc /lib /lib32 /lib64 /libx32 /proc /root /run /sbin /sys
 /usr/bin /usr/lib /usr/lib64 /usr/sbin /usr/share /usr/include /usr/libexec /var/run /var/lock /var/lib/dpkg /var/lib/rpm
 /var/lib/apt /var/lib/dnf /var/lib/systemd /var/lib/upkeep /var/lib/postgresql /var/lib/pgsql /var/lib/mysql
 /var/lib/mariadb /var/lib/mongodb /var/lib/mongo /var/lib/redis /var/lib/etcd /var/lib/docker /var/lib/containers
 /var/lib/containerd /var/lib/kubelet /var/lib/libvirt /var/lib/machines /var/lib/ldap`.split(/\s+/)

/** Directories that no rule may clean themselves; what lies below may be named. */
export const neverItself: readonly string[] =
  `/home /media /mnt /opt /srv /usr /usr/local /var /var/lib /var/spool /var/mail /var/opt /var/backups`.split(
    ' ',
  )

/** Why a rule may not clean a directory, in words; undefined when it may. */
export function whyNotCleaned(path: string): string | undefined {
  if (path === '') return 'the path is empty'
  if (!path.startsWith('/')) return 'the path is not absolute'
  if (path === '/') return 'it is the whole host'
  const names = path.slice(1).split('/')
  if (names.includes('')) return 'the path has an empty name in it, or a / at its end'
  if (names.includes('.') || names.includes('..')) return 'the path has . or .. in it'
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'the path has control characters in it'
  const protectedBy = neverBelow.find((one) => path === one || path.startsWith(`${one}/`))
  if (protectedBy !== undefined) return `${protectedBy} holds what the host or a database needs`
  if (names[0] === 'home' && names.length < 3) return 'it is the home of people'
  if (neverItself.includes(path) || (names.length < 2 && path !== '/tmp')) return 'the path is too short'
  return undefined
}

/** Why a text is no glob over a path below a directory, in words; undefined when it is one. */
export function whyNoGlob(glob: string): string | undefined {
  if (glob.startsWith('/')) return 'it begins with a /'
  const names = glob.replace(/\/$/, '').split('/')
  if (names.includes('')) return 'it has an empty name in it'
  if (names.includes('.') || names.includes('..')) return 'it has . or .. in it'
  if (/[\u0000-\u001f\u007f]/.test(glob)) return 'it has control characters in it'
  if (names.some((name) => name.includes('**') && name !== '**'))
    return '** stands for whole directories only'
  if (names.at(-1) === '**') return '** is not a name: end with **/* for all files'
  return whyNoClass(glob)
}

/** Why a glob has a class such as [a-z] in it that no host can read, in words; a [ without its ] stands for itself. */
function whyNoClass(glob: string): string | undefined {
  for (let at = glob.indexOf('['); at >= 0; at = glob.indexOf('[', at)) {
    // A ] right behind the [ is one of the class.
    const end = glob.indexOf(']', at + 2)
    if (end < 0) return undefined
    const within = Array.from(glob.slice(at + 1, end).replace(/^[!^]/, ''))
    if (within.length === 0) return `the class ${glob.slice(at, end + 1)} names no character`
    for (let index = 0; index + 2 < within.length; index++) {
      const [first = '', dash, last = ''] = within.slice(index, index + 3)
      if (dash !== '-') continue
      if ((first.codePointAt(0) ?? 0) > (last.codePointAt(0) ?? 0))
        return `the range ${first}-${last} ends before it begins`
      index += 2
    }
    at = end + 1
  }
  return undefined
}
