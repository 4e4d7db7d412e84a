/** Units that come and go by themselves, so that a manifest leaves them out, each with why. */
export const volatileUnits: readonly { readonly unit: RegExp; readonly why: string }[] = [
  { unit: /^upkeep-/, why: "Upkeep's own work" },
  {
    unit: /^(run-|session-|user@|user-runtime-dir@)/,
    why: 'transient: somebody is logged in, or runs a command',
  },
  {
    unit: /^(systemd-networkd|NetworkManager)-wait-online(@.*)?\.service$/,
    why: 'waits once at boot, and is started or fails again when the network service is restarted',
  },
  { unit: /^sshd?@/, why: 'one per connection where sshd is started by its socket' },
  {
    unit: /^(apt-daily|unattended-upgrades|packagekit|dnf5?-automatic|dnf-makecache|yum-cron)/,
    why: 'automatic updaters are paused while Upkeep works',
  },
  {
    unit: /^(systemd-(hostnamed|localed|timedated|machined|importd|portabled|fsckd|update-utmp-runlevel)|polkit|udisks2|upower|fwupd|accounts-daemon|rtkit-daemon|colord|geoclue|realmd)\b/,
    why: 'started by a D-Bus call and ended when idle',
  },
  {
    unit: /^(systemd-tmpfiles-clean|logrotate|man-db|dpkg-db-backup|e2scrub_all|e2scrub_reap|fstrim|mdcheck_\w+|mdmonitor-oneshot|phpsessionclean|sysstat-\w+|anacron|fwupd-refresh|motd-news)\.service$/,
    why: 'runs for a moment when its timer elapses',
  },
]

/** Paths below /etc that programs write by themselves, so that a manifest leaves them out, each with why. */
export const volatilePaths: readonly { readonly path: RegExp; readonly why: string }[] = [
  { path: /^\/etc\/ld\.so\.cache~?$/, why: 'made by ldconfig from the libraries that are there' },
  { path: /^\/etc\/\.pwd\.lock$/, why: 'lock of the password tools, empty' },
  {
    path: /^\/etc\/\.(git|hg|bzr|svn|etckeeper)(\/|$)/,
    why: 'the history that etckeeper or an admin keeps of /etc',
  },
  { path: /^\/etc\/\.updated$/, why: 'time stamp of systemd-update-done' },
  { path: /^\/etc\/(mtab|adjtime|blkid\.tab(\.old)?)$/, why: 'kept by mount, hwclock, blkid' },
  { path: /^\/etc\/lvm\/(archive|backup|cache)(\/|$)/, why: 'written by LVM at each change of a volume' },
  { path: /^\/etc\/cups\/(subscriptions|printers|classes)\.conf/, why: 'written by the running CUPS' },
]
