/** Where faults come from, in the order of the page. */
export const faultGroups = [
  'packages',
  'hosts',
  'links',
  'controllers',
  'people',
  'clean up',
  'estate files',
  'simulation',
] as const

/** One of the groups of faults. */
export type FaultGroup = (typeof faultGroups)[number]

/** The faults that Upkeep is to be safe under, by number; a number is for ever, and a fault of several parts has one. */
export const faults: Readonly<Record<number, string>> = {
  1: 'The controller is killed with -9 after any entry of the journal or any work on a host.',
  2: 'The controller is killed with -9 while it appends to the journal: the last line is torn.',
  3: 'The link is cut, or swallows everything, in the middle of an upgrade.',
  4: 'The link is reset, cut off or crumbled while a file or script is sent.',
  5: 'A host reboots in the middle of a step, expected or not.',
  6: 'The upgrade restarts sshd, or breaks it.',
  7: 'The lock of the package manager is held, or its earlier work was interrupted.',
  8: 'A script of a package, or needrestart, asks a question.',
  9: 'The disk is full: on the host, at the backup, on the controller.',
  10: 'An I/O error, or an fsync that fails, on the journal or on state.',
  11: 'A file of state is damaged, cut, or of an older or newer version; any single bit of it is flipped.',
  12: 'Two controllers at once; one is frozen past its lease and wakes.',
  13: 'The clock jumps, host and controller disagree on the time, daylight saving begins or ends in a window.',
  14: 'A host key is wrong, changed or revoked, on the host or on the hop before it.',
  15: 'What was planned for moved after the plan or its approval: state, program, settings, versions, policy.',
  16: 'An approval has expired, is of the author, of a removed signer, for another digest, used twice, or edited.',
  17: 'A plan file is edited or torn; an infrastructure engine does other things than its plan says.',
  18: 'An infrastructure engine is killed in mid-work: pending operations, a lock that nobody holds.',
  19: 'An estate file is hostile: bombs, anchors, `__proto__`, 100,000 hosts, options in place of names.',
  20: 'Names, paths and output of hosts are hostile to shells, terminals, pages, tables or CI.',
  21: 'Output is huge, binary, no UTF-8, or without an end of line.',
  22: 'Hosts are slow or come and go, or names do not resolve; every host fails.',
  23: 'A snapshot fails, can not be read, or does not go back.',
  24: 'A health check lies: the port is up and the application is not, or the old version still runs.',
  25: 'Production would get other packages than test did: the repository moved.',
  26: 'Ctrl-C once or twice, SIGTERM, SIGHUP, closed output.',
  27: 'A freeze begins while hosts are waiting or under way.',
  28: 'The place for logs, the audit trail or mail is down.',
}

/** Halves of faults that no test shows, though another half of the same fault has tests: by number, in a sentence. */
export const openHalves: Readonly<Record<number, string>> = {
  9: 'That the place of a backup is full is found by the backup command that the estate names; Upkeep sees only how old the last good backup is.',
  17: 'That an infrastructure engine does other things than its plan says is not found yet: it belongs to the review of changes.',
  22: 'A host that comes and goes is shown for inspections, and not yet in the middle of a rollout.',
  23: 'A snapshot that was taken and is unreadable when it is needed is not shown yet.',
}
