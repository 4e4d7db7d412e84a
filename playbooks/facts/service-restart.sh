#!/bin/sh
# Restarts, once each, the units whose processes still run files that were replaced, and says whether a reboot is needed
# and why; with "restart FILE" also those that the file names, where they can be restarted under the others. With "tell"
# as $1 it only says so; with "predict PACKAGE..." it says which units run files of those packages.
# Lines of the table: unit, way, because. Ways: restart; reexec (process 1); reboot (it can not be restarted under the
# others); session (ends when somebody logs out); leave (ours, a job that runs once, a container).
# shellcheck disable=SC2015
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mode=${1:-restart}
[ $# -eq 0 ] || shift
tab=$(printf '\t')
scratch=$(mktemp -d /run/upkeep-restart.XXXXXX) || exit 70
trap 'rm -rf "$scratch"' EXIT

# What can not be restarted under those that use it follows needrestart's defaults (ex/needrestart.conf, override_rc).
way_of() {
  case $1 in
    init.scope) echo reexec; return ;;
    upkeep-* | run-* | apt-daily* | unattended-upgrades.service | packagekit.service | cron-*.service | rc-local.service | emergency.service | rescue.service) echo leave; return ;;
    session-*.scope | user@*.service | getty@* | serial-getty@* | console-getty.service | container-getty@*) echo session; return ;;
    dbus.service | dbus-broker.service | elogind.service | libvirt* | virtlogd* | virtlockd* | docker.service | containerd.service | lxcfs* | xendomains* | zfs-fuse*) echo reboot; return ;;
    # Only graphical sessions have devices that a new logind can not hand back (systemd/systemd#17308).
    systemd-logind.service) grep -q -s -E '^TYPE=(x11|wayland|mir)' /run/systemd/sessions/* && echo reboot || echo restart; return ;;
    gdm* | kdm* | nodm* | sddm* | wdm* | xdm* | lightdm* | slim* | lxdm* | NetworkManager* | networking.service | wpa_supplicant* | ModemManager* | bird* | frr* | quagga* | openvpn* | tinc* | *swan*) echo reboot; return ;;
    *.service) ;;
    *) echo leave; return ;;
  esac
  case $(systemctl show -p Type -p RefuseManualStop --value "$1" | tr '\n' ' ') in
    *yes*) echo reboot ;;
    *oneshot*) echo leave ;;
    *) echo restart ;;
  esac
}

unit_of() {
  sed -n -e 's,.*/\(user@[0-9]*\.service\).*,\1,p' -e t -e 's,.*/\([^/]*\.\(service\|scope\)\).*,\1,p' "/proc/$1/cgroup" 2>/dev/null | head -n 1
}

# Executable mappings as "pid path": data that is mapped (locales, caches) and memory that only looks like a file
# (shared memory, JIT compilers) call for no restart.
mapped() {
  [ -n "$(head -c 1 /proc/1/maps)" ] || echo unreadable >"$scratch/blind"
  grep -a -H -E '^[0-9a-f]+-[0-9a-f]+ ..x' /proc/[0-9]*/maps 2>/dev/null | awk '
    {
      split($1, part, "/"); pid = part[3]
      path = $0; sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +/, "", path)
      if (path !~ /^\// || path ~ /^\/(dev\/|memfd:|SYSV|run\/|tmp\/|var\/tmp\/|\[aio\]|drm|i915|anon_hugepage|dmabuf)/) next
      if (!seen[pid, path]++) print pid "\t" path
    }'
}

# Programs in an interpreted language map neither their script nor a module: "pid language program start-in-ms" of each. btime of /proc/stat
# would be a second off, and a service that was restarted right after the unpacking would look stale.
interpreted() {
  boot=$(date +%s.%N | awk '{ getline up <"/proc/uptime"; split(up, part, " "); printf "%.2f", $1 - part[1] }')
  ticks=$(getconf CLK_TCK)
  for process in /proc/[0-9]*; do
    program=$(readlink "$process/exe") || continue
    case ${program##*/} in
      python3*) language=python ;; perl*) language=perl ;; ruby*) language=ruby ;; php*) language=php ;;
      node | nodejs) language=node ;; java) language=java ;; sh | dash | bash) language=shell ;; *) continue ;;
    esac
    started=$(sed 's/.*) //' "$process/stat" 2>/dev/null | awk -v boot="$boot" -v ticks="$ticks" '{ printf "%.0f", 1000 * (boot + $20 / ticks) }')
    script=$(tr '\0' '\n' <"$process/cmdline" 2>/dev/null | sed -n '2,$p' | grep -m 1 '^/')
    # A shell that was given its command has no script, and one below /var is a job's.
    case $language.$script in shell./usr/* | shell./bin/* | shell./sbin/* | shell./lib/* | shell./opt/*) ;; shell.*) continue ;; esac
    printf '%s\t%s\t%s\t%s\n' "${process#/proc/}" "$language" "${script:--}" "${started:-0}"
  done
}

# What the database of packages knows: dpkg's, unless the script before this one (packages-rpm.sh) knows another.
if [ "${database:-dpkg}" = dpkg ]; then
  # files_of PACKAGE...: paths that the packages bring.
  files_of() { dpkg -L "$@" 2>/dev/null | sed 's/^package diverts.*//'; }

  # list_of PACKAGE: the same, from dpkg's file, for it is asked often.
  list_of() {
    list=/var/lib/dpkg/info/$1.list
    [ -e "$list" ] || list=$(find /var/lib/dpkg/info -name "${1%%:*}:*.list" | head -n 1)
    [ -z "$list" ] || cat "$list"
  }

  # owners_of FILE: names of the packages that bring it.
  owners_of() { dpkg -S "$1" 2>/dev/null | sed 's/: .*//; s/:[a-z0-9]*//g' | tr -s ', ' '\n'; }

  # Lines: name, what it depends on or recommends, what it provides.
  depends_table() { dpkg-query -W -f '${Package}\t${Pre-Depends}, ${Depends}, ${Recommends}\t${Provides}\n'; }

  # Lines: when a package was last unpacked (ms), its name.
  unpacked_times() {
    find /var/lib/dpkg/info -name '*.list' -printf '%T@ %f\n' | awk '{ sub(/\.list$/, "", $2); printf "%.0f %s\n", 1000 * $1, $2 }'
  }

  # Packages that asked for a reboot.
  reboot_flags() {
    [ ! -e /run/reboot-required ] || echo "a package asked for it: $(sort -u /run/reboot-required.pkgs 2>/dev/null | tr '\n' ' ')"
  }

  # other_build RELEASE: the installed kernel of this release is another build than the one that runs.
  other_build() {
    version=$(dpkg-query -W -f '${Version}' "linux-image-$1" 2>/dev/null) || return 0
    grep -q -F -e "$version" /proc/version || echo "kernel package $version is installed, another build of $1 runs"
  }
fi

# ships LANGUAGE PACKAGE: does the package bring modules of the language?
ships() {
  list_of "$2" >"$scratch/ships"
  case $1 in
    python) grep -q -a '^/usr/lib\(64\)\{0,1\}/python3.*\.py$' "$scratch/ships" ;;
    perl) grep -q -a '^/usr/\(lib\|lib64\|share\)/.*perl.*\.pm$' "$scratch/ships" ;;
    ruby) grep -q -a '^/usr/\(lib\|share\)/\(ruby\|rubygems\).*\.rb$' "$scratch/ships" ;;
    php) grep -q -a '^/usr/share/.*\.php$' "$scratch/ships" ;;
    node) grep -q -a '^/usr/\(lib\|share\)/.*nodejs.*\.js$' "$scratch/ships" ;;
    java) grep -q -a '\.jar$' "$scratch/ships" ;;
  esac
}

# needs OWNERS: names of all packages that these depend on or recommend, at any depth, themselves included.
needs() {
  depends_table | awk -F '\t' -v owners="$1" '
    function clean(text) { gsub(/\([^)]*\)|\[[^]]*\]|:[a-z0-9]+|[ \t]/, "", text); return text }
    { depends[$1] = clean($2); n = split(clean($3), name, ","); for (i = 1; i <= n; i++) provider[name[i]] = provider[name[i]] " " $1 }
    END {
      end = split(owners, queue, " ")
      for (i = 1; i <= end; i++) known[queue[i]] = 1
      for (at = 1; at <= end; at++) {
        print queue[at]
        n = split(depends[queue[at]], name, /[,|]/)
        for (i = 1; i <= n; i++) {
          m = split(name[i] " " provider[name[i]], one, " ")
          for (j = 1; j <= m; j++) if (one[j] in depends && !known[one[j]]++) queue[++end] = one[j]
        }
      }
    }'
}

# interpreted_users LIST: "pid reason" of programs that a package of the list (lines "ms name") may have changed: one
# that the program's package needs, or a plug-in, which needs the program's package.
interpreted_users() {
  [ -s "$1" ] || return 0
  interpreted | while IFS="$tab" read -r pid language script started; do
    owners_of "$script" >"$scratch/owners"
    while read -r ms name; do
      [ "$ms" -gt "$started" ] && grep -q -x -F -e "${name%%:*}" "$scratch/owners" || continue
      printf '%s\t%s\n' "$pid" "$script"
    done <"$1"
    [ "$language" != shell ] || continue
    needs "$(cat "$scratch/owners")" >"$scratch/needs"
    while read -r ms name; do
      [ "$ms" -gt "$started" ] && ships "$language" "$name" || continue
      name=${name%%:*}
      # A program of no package may load anything.
      [ ! -s "$scratch/owners" ] || grep -q -x -F -e "$name" "$scratch/needs" ||
        needs "$name" | grep -q -x -F -f "$scratch/owners" || continue
      printf '%s\t%s\n' "$pid" "$language modules of $name"
    done <"$1"
  done
}

# table: lines "pid reason" become "unit way reason"; processes of containers (another pid namespace) are not ours.
table() {
  here=$(readlink /proc/1/ns/pid)
  while IFS="$tab" read -r pid reason; do
    [ "$(readlink "/proc/$pid/ns/pid" 2>/dev/null)" = "$here" ] || continue
    unit=$(unit_of "$pid")
    [ -n "$unit" ] || continue
    # Sessions outlive a restart of sshd or cron inside their unit; only its own process tells whether it is stale.
    case $(systemctl show -p KillMode -p MainPID --value "$unit" 2>/dev/null | tr '\n' ' ') in
      "$pid process "* | "process $pid "*) ;;
      *process*) continue ;;
    esac
    printf '%s\t%s\n' "$unit" "$reason"
  done | sort -u | while IFS="$tab" read -r unit reason; do
    [ "${last:-}" = "$unit" ] || { way=$(way_of "$unit"); last=$unit; }
    printf '%s\t%s\t%s\n' "$unit" "$way" "$reason"
  done
}

stale() {
  # Packages by the time they were last unpacked; replaced interpreter modules leave no trace in the process.
  unpacked_times >"$scratch/unpacked"
  { mapped | sed -n 's/ (deleted)$//p'; interpreted_users "$scratch/unpacked"; } | table
}

predict() {
  # On a merged /usr a package names /lib/..., the kernel /usr/lib/...
  files_of "$@" | sort -u >"$scratch/owned"
  for top in bin sbin lib lib32 lib64 libx32; do
    [ ! -L "/$top" ] || sed -i "s|^/$top/.*|&\n/usr&|" "$scratch/owned"
  done
  printf '9999999999999 %s\n' "$@" >"$scratch/changing"
  { mapped | sed 's/ (deleted)$//' | awk -F '\t' -v owned="$scratch/owned" '
      BEGIN { while ((getline line <owned) > 0) own[line] = 1 }
      $2 in own'
    interpreted_users "$scratch/changing"; } | table
  systemctl list-units --plain --no-legend --no-pager --full --type=service --state=running | awk '{ print $1 }' |
    while read -r unit; do
      file=$(systemctl show -p FragmentPath --value "$unit")
      [ -n "$file" ] && grep -q -x -F -e "$file" "$scratch/owned" || continue
      printf '%s\t%s\t%s\n' "$unit" "$(way_of "$unit")" "unit file $file"
    done
}

# Why a reboot is needed: flags of packages; a kernel that is installed but does not run (never so in a container).
reboot_reasons() {
  reboot_flags
  running=$(uname -r)
  [ -e "/boot/vmlinuz-$running" ] || return 0
  newest=$(find /boot -maxdepth 1 -name 'vmlinuz-*' | sed 's|.*/vmlinuz-||' | sort -V | tail -n 1)
  [ "$newest" = "$running" ] || echo "kernel $newest is installed, $running runs"
  other_build "$running"
}

seeing() { [ ! -e "$scratch/blind" ] || { echo 'process 1 can not be looked at, so nothing is known' >&2; exit 69; }; }
case $mode in
  tell) stale; seeing; exit ;;
  tell-reboot) reboot_reasons; exit ;;
  predict) predict "$@"; seeing; exit ;;
esac

stale >"$scratch/stale"
seeing
if [ -s "${1:-}" ]; then
  sort -u "$1" | while read -r unit; do
    [ "$(way_of "$unit")" != restart ] || printf '%s\trestart\tsettings of the patch\n' "$unit"
  done >>"$scratch/stale"
fi
if grep -q "^init.scope$tab" "$scratch/stale"; then
  systemctl daemon-reexec && echo 'reexecuted process 1' || echo 'failed process 1'
fi
units=$(awk -F '\t' '$2 == "restart" { print $1 }' "$scratch/stale" | sort -u)
failed=0
if [ -n "$units" ]; then
  # A package may bring another unit file and not tell systemd.
  # shellcheck disable=SC2086
  ! systemctl show -p NeedDaemonReload --value $units | grep -q -x yes || systemctl daemon-reload
  # One transaction: a unit that hangs on another one of these is still restarted once.
  # shellcheck disable=SC2086
  systemctl restart $units
  for unit in $units; do
    if systemctl is-active --quiet "$unit"; then echo "restarted $unit"; else echo "failed $unit"; failed=1; fi
  done
fi
{ awk -F '\t' '$2 == "reboot" { print $1 " runs replaced " $3 }' "$scratch/stale"; reboot_reasons; } >"$scratch/reboot"
if [ -s "$scratch/reboot" ]; then sed 's/^/reboot needed: /' "$scratch/reboot"; else echo 'no reboot needed'; fi
exit "$failed"
