/** Debian's package name (policy 5.6.7), as part of a pattern. */
export const packageName = '[a-z0-9][a-z0-9+.-]+'

/** Debian's version (policy 5.6.12), as part of a pattern. */
export const packageVersion = '[0-9A-Za-z][0-9A-Za-z.+:~-]*'

/** Debian's architecture, as part of a pattern. */
export const packageArchitecture = '[a-z0-9][a-z0-9-]*'

/** Name of an rpm package, as part of a pattern. */
export const rpmName = '[A-Za-z0-9][A-Za-z0-9._+-]*'

/** `epoch:version-release` of an rpm package, an epoch of 0 left out, as part of a pattern. */
export const rpmVersion = '(?:[1-9]\\d*:)?[A-Za-z0-9][A-Za-z0-9._+~^]*-[A-Za-z0-9][A-Za-z0-9._+~^]*'

/** Architecture of an rpm package, as part of a pattern. */
export const rpmArchitecture = '[a-z0-9_]+'

/** Throws on what can not be a plan id: such an id would come from a bug, and it becomes part of a path. */
export function checkedPlanId(id: string): string {
  if (!/^[a-z0-9-]{1,40}$/.test(id)) throw new Error(`not a plan id: ${JSON.stringify(id)}`)
  return id
}

/** Name under which apt and the host's cache keep a package's file. */
export function debFileName(p: { name: string; version: string; architecture: string }): string {
  return `${p.name}_${p.version.replaceAll(':', '%3a')}_${p.architecture}.deb`
}
