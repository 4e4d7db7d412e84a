# Waits on the host until the guarded step has been confirmed, and goes back if nobody does in time: the old packages,
# /etc, the keys of the host, the network, sshd. The time runs from the end of the step, and anew after a boot.
# $1 directory of the guard
set -u
export HOME=/root LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd "$1" || exit 0
read -r name step seconds <what || exit 0
units=/usr/local/lib/systemd/system

up() { read -r now rest </proc/uptime; echo "${now%.*}"; }

# A service manager that is just being replaced answers nothing: only a clear answer is an end.
working() {
  [ "$step" != - ] || return 1
  case $(systemctl is-active "$step.service" 2>/dev/null) in inactive | failed) return 1 ;; esac
}

exec 9>>lock
if [ ! -e fired ]; then
  until=$(($(up) + seconds))
  while [ "$(up)" -lt "$until" ]; do
    sleep 1
    [ -e armed ] || exit 0
    ! working || until=$(($(up) + seconds))
  done
  # Confirmed or fired: one of them, for whoever asks.
  flock 9
  [ -e armed ] || exit 0
  date -u +%Y-%m-%dT%H:%M:%SZ >fired && sync fired .
  flock -u 9
fi

say() { printf '%s\n' "$*" >>report; }
: >report
if sha256sum -c --quiet sums >>log 2>&1; then
  sh ./back >>log 2>&1
  status=$?
  if [ "$status" -ne 0 ]; then
    # Packages that a killed step left half configured stand in the way of any other.
    DEBIAN_FRONTEND=noninteractive timeout 600 dpkg --force-confold --configure -a </dev/null >>log 2>&1
    sh ./back >>log 2>&1
    status=$?
  fi
  if [ "$status" -eq 0 ]; then say 'the old packages and /etc are back'; else say "packages: exit status $status: $(tail -n 1 log)"; fi
else
  status=65
  say 'refused: the scripts are not those that were sent'
fi

for key in keys/*; do
  [ -f "$key" ] && ! cmp -s "$key" "/etc/ssh/${key#keys/}" || continue
  cp -p "$key" /etc/ssh/ 2>>log && say "${key#keys/} is back"
  ! command -v restorecon >/dev/null || restorecon "/etc/ssh/${key#keys/}" 2>>log
done
systemctl daemon-reload >>log 2>&1
while read -r service; do
  if timeout 90 systemctl restart "$service" >>log 2>&1; then say "restarted $service"; else say "failed $service"; fi
done <services
while read -r link; do
  case $(ip -o link show dev "$link" 2>/dev/null) in *[\<,]UP[,\>]*) ;; *) ip link set "$link" up 2>>log && say "$link is up again" ;; esac
done <links
while read -r link address; do
  ip -o addr show dev "$link" 2>/dev/null | grep -q -F " $address " || { ip addr replace "$address" dev "$link" 2>>log && say "$address is back"; }
done <addresses
while read -r family route; do
  # shellcheck disable=SC2086
  ip "$family" route show $route 2>/dev/null | grep -q . || ip "$family" route replace $route 2>>log
done <routes
if [ -e rules ] && command -v nft >/dev/null && [ "$(nft list ruleset)" != "$(cat rules)" ]; then
  { echo 'flush ruleset'; cat rules; } | nft -f - >>log 2>&1 && say 'the packet filter is as it was'
fi
timeout 600 sh ./restart >>log 2>&1 || say 'some services could not be restarted'

printf '%s\n' "$status" | cat - report >went-back.new && sync went-back.new && mv went-back.new went-back
rm -rf keys # private ones: nobody needs them twice
rm -f armed "$units/$name.service" "$units/multi-user.target.wants/$name.service"
while read -r one; do echo "$one"; done <made | sort -r | while read -r one; do rmdir "$one" 2>/dev/null; done
sync .
# What was loaded anew meanwhile still names it; it is this very unit, and goes when this script ends.
systemctl daemon-reload >>log 2>&1
exit 0
