/** What restarting services came to, from the output of its script, in one line: "restarted nginx, ssh; reboot needed: dbus". */
export function restartsSaid(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  const after = (word: string) =>
    lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length).trim())
  const reboot = shortReasons(after('reboot needed:'))
  const said = [
    list('failed', after('failed ').map(withoutSuffix)),
    list('restarted', after('restarted ').map(withoutSuffix)),
    list('reexecuted', after('reexecuted ')),
    reboot === '' ? '' : `reboot needed: ${reboot}`,
  ].filter((part) => part !== '')
  return said.join('; ') || 'nothing to restart'
}

/** Why a host needs a reboot, each unit named once and its files left out. */
export function shortReasons(why: readonly string[]): string {
  const short = why.map((reason) => withoutSuffix(/^(\S+) runs replaced /.exec(reason)?.[1] ?? reason))
  return [...new Set(short)].join(', ')
}

function list(word: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${word} ${[...new Set(names)].join(', ')}`
}

function withoutSuffix(unit: string): string {
  return unit.replace(/\.service$/, '')
}

const telling = /^(E:|refused|missing|error:|still at work|waited for|dpkg: error)|No space left on device/i

/** The lines of an output that say what went wrong or was waited for, or else the last few, in one line. */
export function outputSaid(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const told = lines.filter(
    (line, at) =>
      telling.test(line) ||
      // dpkg says the reason in the line after, and what a script of the package said stands before.
      /^dpkg: error/i.test(lines[at - 1] ?? '') ||
      /^dpkg: error/i.test(lines[at + 1] ?? ''),
  )
  return (told.length > 0 ? told.slice(-6) : lines.slice(-4)).join(' | ')
}

/** The lines of a piece of output that say for whom a step waits. */
export function waitsSaid(output: string): readonly string[] {
  const lines = output.split(/[\r\n]/).filter((line) => /^waiting for /i.test(line))
  return lines.map((line) => line.replace(/^W/, 'w'))
}
