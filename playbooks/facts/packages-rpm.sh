#!/bin/sh
# What rpm knows of packages and files; stands before service-restart.sh, in place of what it knows of dpkg.
# shellcheck disable=SC2034,SC2154,SC2317
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
database=rpm

# files_of PACKAGE...: paths that the packages bring.
files_of() { rpm -q -l -- "$@" 2>/dev/null | grep -a '^/'; }

list_of() { files_of "$1"; }

# owners_of FILE: names of the packages that bring it.
owners_of() { rpm -q -f --qf '%{NAME}\n' -- "$1" 2>/dev/null | grep -v ' '; }

# Lines: name, what it requires or recommends, what it provides; "config(..)" and the like bind nothing together.
depends_table() {
  rpm -qa --qf '%{NAME}\t[%{REQUIRENAME}, ][%{RECOMMENDNAME}, ]\t[%{PROVIDENAME}, ]\n' |
    sed 's/\(config\|rpmlib\|user\|group\)([^)]*), //g'
}

# Lines: when the transaction began that last brought a package (ms), its name.
unpacked_times() { rpm -qa --qf '%{INSTALLTIME}000 %{NAME}\n'; }

# Packages installed since the last boot that only a reboot brings into use, as `dnf needs-restarting -r` has them
# (dnf-plugins-core, NEED_REBOOT), and what the host adds to these.
reboot_flags() {
  booted=$(sed -n 's/^btime //p' /proc/stat)
  {
    printf '%s\n' kernel kernel-core kernel-rt glibc linux-firmware systemd dbus dbus-broker dbus-daemon microcode_ctl
    cat /etc/dnf/plugins/needs-restarting.d/*.conf 2>/dev/null
  } >"$scratch/boot-only"
  asked=$(rpm -qa --qf '%{INSTALLTIME} %{NAME}\n' | awk -v booted="$booted" '$1 > booted { print $2 }' |
    grep -x -F -f "$scratch/boot-only" | sort -u | tr '\n' ' ')
  [ -z "$asked" ] || echo "a package asked for it: $asked"
}

# other_build RELEASE: rpm gives each build of a kernel a release of its own.
other_build() { :; }
