#!/bin/sh
# Which automatic updaters are there: unit, enabled, active; cron jobs that update; apt's and dnf's own settings.
# shellcheck disable=SC2016,SC2317
units() {
  found=$(systemctl show -p Id -p LoadState -p UnitFileState -p ActiveState \
    apt-daily.timer apt-daily-upgrade.timer apt-daily.service apt-daily-upgrade.service unattended-upgrades.service \
    dnf-automatic.timer dnf-automatic-install.timer dnf-automatic-download.timer dnf-automatic-notifyonly.timer dnf-makecache.timer dnf5-automatic.timer yum-cron.service \
    packagekit.service packagekit-offline-update.service) || return 1
  printf '%s\n' "$found" |
    awk -F= '
      { field[$1] = $2 }
      /^$/ { flush() }
      END { flush() }
      function flush() {
        if (field["LoadState"] == "loaded" || field["LoadState"] == "masked")
          print field["Id"], (field["UnitFileState"] == "" ? "none" : field["UnitFileState"]), field["ActiveState"]
        split("", field)
      }'
}
jobs() { find /etc/cron.d /etc/cron.daily /etc/cron.weekly -maxdepth 1 -type f \( -name 'cron-apt' -o -name '*dnf*' -o -name '*yum*' \) 2>/dev/null | sed 's/[^A-Za-z0-9/._-]/?/g'; }
periodic() {
  [ ! -r /etc/dnf/automatic.conf ] || sed -n 's/^ *apply_updates *= *\([A-Za-z0-9]*\).*/dnf-apply-updates \1/p' /etc/dnf/automatic.conf
  command -v apt-config >/dev/null || return 0
  settings=$(apt-config dump APT::Periodic) || return 1
  printf '%s\n' "$settings" | sed -n 's/^APT::Periodic::\([A-Za-z-]*\) "\([^"]*\)";$/\1 \2/p'
}
section units units
section jobs jobs
section periodic periodic
answer_ends
