# Arms the guard of a step: a service of the host that goes back by itself unless a controller confirms in time over a
# new login. It starts again with the host, so it lies where units outlive a boot, but not in /etc, which is compared
# and put back by others. Arming twice is arming once; prints armed or, when it went back already, fired.
# $1 its directory, $2 its unit, $3 the unit that does the step ("-": none), $4 seconds,
# $5 what it does (guard-watch.sh), $6 what puts the packages and /etc back, $7 what restarts stale services
set -u
dir=$1 name=$2 step=$3 seconds=$4 watch=$5 back=$6 restart=$7
units=/usr/local/lib/systemd/system
wants=$units/multi-user.target.wants
[ ! -e "$dir/fired" ] || { echo fired; exit 0; }

put() { printf %s "$2" >"$1.new" && sync "$1.new" && mv -f "$1.new" "$1"; }

active() { systemctl is-active --quiet "$1"; }

umask 077
mkdir -p "$dir" && cd "$dir" || exit 1
if [ ! -e armed ]; then
  printf '%s %s %s\n' "$name" "$step" "$seconds" >what || exit 1
  put watch "$watch" && put back "$back" && put restart "$restart" || exit 1
  sha256sum watch back restart >sums || exit 1
  # The network as it is now; addresses and routes that come and go with a lease are renewed by what manages them.
  ip -o link show up 2>/dev/null | awk -F '[:@] *' '$2 != "lo" { print $2 }' >links
  ip -o addr show scope global 2>/dev/null | awk '{ print $2, $4 }' >addresses
  for family in 4 6; do ip -"$family" route show 2>/dev/null | grep -v -e linkdown -e '^fe80:' | sed "s/^/-$family /"; done >routes
  ! command -v nft >/dev/null || nft list ruleset >rules 2>/dev/null || rm -f rules
  # The keys by which the host is known, whoever makes others: with those nobody logs in who has these pinned.
  mkdir -p keys && for key in /etc/ssh/ssh_host_*; do [ ! -f "$key" ] || cp -p "$key" keys/ || exit 1; done
  # One unit may have two names.
  for unit in systemd-networkd.service NetworkManager.service networking.service nftables.service firewalld.service \
    ufw.service ssh.socket ssh.service sshd.service; do
    ! active "$unit" || systemctl show -p Id --value "$unit"
  done | awk '!seen[$0]++' >services
  : >made
  umask 022
  for one in "${units%/*}" "$units" "$wants"; do
    [ -d "$one" ] || { mkdir -p "$one" && echo "$one" >>made; } || exit 1
  done
  cat >"$units/$name.service" <<UNIT || exit 1
[Unit]
Description=Upkeep: goes back by itself unless it is confirmed
[Service]
Type=exec
ExecStart=/bin/sh $dir/watch $dir
Restart=on-failure
RestartSec=5
OOMScoreAdjust=-900
UNIT
  ln -sf "../$name.service" "$wants/$name.service" || exit 1
  umask 077
  : >armed && sync . "$units/$name.service" "$wants" || exit 1
fi
active "$name.service" || systemctl start "$name.service" 2>/dev/null ||
  { systemctl daemon-reload && systemctl start "$name.service"; } || exit 1
echo armed
