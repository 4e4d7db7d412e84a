#!/bin/sh
# Second part of the reading of pending upgrades: reads the package indexes into a directory of the plan's own and asks
# apt what an upgrade would do; the host's own state is only read. $1 plan id, $2 security|all, $3 origins that count as
# security, $4 names (globs) that the estate holds, each list one a line, $5 the awk program that chooses versions.
# shellcheck disable=SC2015,SC2016,SC2154,SC2317
plan=$1 only=$2 origins=$3 holds=$4 chooser=$5
work=/var/tmp/upkeep-plan-$plan

# /var/tmp is everybody's: what is there under this name must be ours, or nothing.
if [ -e "$work" ] || [ -L "$work" ]; then
  { [ -d "$work" ] && [ ! -L "$work" ] && [ -O "$work" ] && rm -rf -- "$work"; } || stop taken
fi
umask 022
mkdir -m 0755 "$work" || stop taken
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/stay.d" "$work/keep.d" || stop no-space
eval "$(apt-config shell sandbox APT::Sandbox::User parts Dir::Etc::preferencesparts/d)"
if [ -n "${sandbox:-}" ] && id "$sandbox" >/dev/null 2>&1; then
  chown "$sandbox" "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
fi
chmod 0700 "$work/lists/partial" "$work/cache/archives/partial"
for pin in "${parts%/}"/*; do [ ! -f "$pin" ] || cp "$pin" "$work/stay.d/"; done
cp -R "$work/stay.d/." "$work/keep.d/"

# configuration FILE PINS: hooks of an update are cleared, since they write outside (stamps, caches, catalogues). No
# delay between retries: with two ports of one address, apt 2.6 waits for ever then.
configuration() {
  cat >"$1" <<EOF
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
Dir::Cache::archives "archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::preferencesparts "$2";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear AptCli::Hooks;
#clear Acquire::Languages;
Acquire::Languages { "none"; };
Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Check-Valid-Until "true";
Acquire::Check-Date "true";
Acquire::ForceHash "SHA256";
Acquire::Retries "2";
Acquire::Retries::Delay "false";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
APT::Get::Show-User-Simulation-Note "false";
APT::Get::Never-Include-Phased-Updates "true";
APT::Get::AutomaticRemove "false";
quiet "2";
EOF
}
configuration "$work/apt.conf" "$work/stay.d" && configuration "$work/loose.conf" "$work/keep.d" || stop no-space

status_before=$(sha256sum /var/lib/dpkg/status)
# Ends by itself, also when nobody waits for the answer any more.
timeout -k 10 180 apt-get -c "$work/apt.conf" -q1 update >"$work/update.log" 2>&1
code=$?
[ "$code" -ne 124 ] || echo 'E: apt-get update did not end within 180 s' >>"$work/update.log"
section update sh -c "cat '$work/update.log'; exit $code"
[ "$code" -eq 0 ] && ! grep -q -E '^(E|Err|W: (GPG error|Failed to fetch))' "$work/update.log" || stop update

# Which version of which package is wanted, and which must stay as it is.
choose() {
  apt-cache -c "$work/apt.conf" policy >"$work/files" || return 1
  dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p' |
    xargs -r apt-cache -c "$work/apt.conf" policy >"$work/table" || return 1
  origins=$origins awk -v only="$only" "$chooser" "$work/files" "$work/table"
}
choose >"$work/choice" || stop choose
section choice cat "$work/choice"

pin() { printf 'Package: %s\nPin: version %s\nPin-Priority: 1001\n\n' "$1" "$2"; }
: >"$work/stay.d/00upkeep"
while read -r verb name version _; do
  held=no
  if [ "$verb" = take ]; then
    set -f
    for glob in $holds; do
      # shellcheck disable=SC2254
      case ${name%%:*} in $glob) held=yes ;; esac
    done
    set +f
  fi
  case $verb.$held in
    take.yes)
      now=$(dpkg-query -W -f '${Version}' "$name")
      printf '%s\n' "$name" >>"$work/estate-holds"
      pin "$name" "$now" >>"$work/keep.d/00upkeep"
      pin "$name" "$now" >>"$work/stay.d/00upkeep"
      ;;
    take.no)
      printf '%s=%s\n' "$name" "$version" >>"$work/wanted"
      pin "$name" "$version" >>"$work/stay.d/00upkeep"
      ;;
    stay.*) pin "$name" "$version" >>"$work/stay.d/00upkeep" ;;
  esac
done <"$work/choice"
for list in estate-holds wanted why; do [ -e "$work/$list" ] || : >"$work/$list"; done
dpkg-query -W -f '${db:Status-Want} ${binary:Package}\n' | sed -n 's/^hold //p' >"$work/host-holds"
section estate-holds cat "$work/estate-holds"
section host-holds cat "$work/host-holds"

changes_of() { sed -n 's/^Inst \([^ ]*\) \(\[[^]]*\] \)\{0,1\}(\([^ ]*\) .*/\1=\3/p' "$1"; }
apt-get -c "$work/apt.conf" -q2 -s --with-new-pkgs --no-remove upgrade >"$work/simulation" 2>"$work/simulation.err" ||
  { section complaint cat "$work/simulation.err"; stop simulation; }
changes_of "$work/simulation" | sort >"$work/changes"

# What apt keeps back is tried by name, dependencies from any source; apt's own words say why it can not be.
keeps_holds() { ! changes_of "$1" | sed 's/=.*//' | grep -q -x -F -e "" -f "$work/host-holds" -f "$work/estate-holds"; }
reasons() {
  cat "$@" | awk '
    /^[^ ]/ { wanted = /^The following packages (will be REMOVED|have unmet dependencies)|^E: / }
    wanted' | tr -s ' \t\n' ' ' | head -c 600
}
sort "$work/wanted" | comm -23 - "$work/changes" | head -n 40 >"$work/back"
while read -r wish; do
  grep -q -x -F "${wish%%=*}" "$work/host-holds" && continue
  # shellcheck disable=SC2046
  if apt-get -c "$work/loose.conf" -q1 -s -y --no-remove install $(cat "$work/changes") "$wish" >"$work/trial" 2>"$work/trial.err" &&
    [ "$only" = security ] && keeps_holds "$work/trial"
  then
    mv "$work/trial" "$work/simulation" && changes_of "$work/simulation" | sort >"$work/changes"
  else
    printf '%s\t%s\n' "${wish%%=*}" "$(reasons "$work/trial" "$work/trial.err")" >>"$work/why"
  fi
done <"$work/back"
section why cat "$work/why"
section simulation sed -n -e '/^Inst /p' -e '/^Remv /p' "$work/simulation"

# The records of what is installed now and of what will be, as the indexes have them.
records() {
  while IFS='=' read -r name version; do
    echo "$name=$version"
    now=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$name" 2>/dev/null)
    case $now in "installed "*) echo "$name=${now#installed }" ;; esac
  done <"$work/changes" >"$work/versions"
  [ -s "$work/versions" ] || return 0
  xargs -r apt-cache -c "$work/apt.conf" show <"$work/versions" |
    awk -F': ' '
      { field[$1] = $2 }
      /^$/ { flush() }
      END { flush() }
      function flush() {
        if ("Package" in field) printf "%s\t%s\t%s\t%s\t%s\t%s\n", field["Package"], field["Version"],
          field["Architecture"], field["SHA256"], field["Size"], field["Installed-Size"]
        split("", field)
      }'
}
uris() { [ ! -s "$work/changes" ] || xargs apt-get -c "$work/apt.conf" -q2 download --print-uris <"$work/changes"; }
secure() {
  [ -s "$work/changes" ] || return 0
  sed 's/=.*//' "$work/changes" | xargs apt-cache -c "$work/apt.conf" policy >"$work/table" || return 1
  origins=$origins awk -v only=tell "$chooser" "$work/files" "$work/table"
}
cached() {
  eval "$(apt-config shell archives Dir::Cache::archives/d)"
  sed 's/=.*//' "$work/changes" | while read -r name; do
    file=$(dpkg-query -W -f '${Package}_${Version}_${Architecture}.deb' "$name" 2>/dev/null | sed 's/:/%3a/g')
    [ -n "$file" ] && [ -f "${archives%/}/$file" ] || continue
    printf '%s %s %s %s\n' "$name" "$(sha256sum <"${archives%/}/$file" | cut -d' ' -f1)" "$(stat -c %s "${archives%/}/$file")" "${archives%/}/$file"
  done
}
section records records
section uris uris
section secure secure
section cached cached
section moved sh -c '[ "$1" = "$(sha256sum /var/lib/dpkg/status)" ] && echo no || echo yes' sh "$status_before"
stop none
