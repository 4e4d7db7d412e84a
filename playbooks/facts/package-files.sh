#!/bin/sh
# Gathers package files in the plan's throw-away directory and reads what the new ones bring. $1 plan id; $2 new
# versions, lines "name architecture version sha256 file apt-name old-source-version|-"; $3 old versions, lines
# "fetch|cache|repack name architecture version sha256|- file apt-name"; $4 script that repacks.
# shellcheck disable=SC2015,SC2016,SC2154,SC2317
plan=$1 new=$2 old=$3 repack=$4
work=/var/tmp/upkeep-plan-$plan
if [ ! -d "$work/debs" ] || [ -L "$work" ] || [ ! -O "$work" ]; then
  section stop echo no-directory
  answer_ends
fi
umask 022

lines() { printf '%s\n' "$1" | grep .; }

# apt checks each file against the index that it verified.
fetch() {
  cd "$work/debs" || return 1
  [ -z "$new" ] || lines "$new" | while read -r _ _ version _ _ apt_name _; do echo "$apt_name=$version"; done |
    xargs -r timeout -k 10 270 apt-get -c "$work/apt.conf" -q1 download 2>&1 || return 1
  lines "$old" | while read -r how _ _ version _ _ apt_name; do [ "$how" != fetch ] || echo "$apt_name=$version"; done |
    xargs -r timeout -k 10 270 apt-get -c "$work/apt.conf" -q1 download 2>&1
}
section fetch fetch

repack() {
  lines "$old" | while read -r how name architecture version _ file apt_name; do
    [ "$how" = repack ] || continue
    sh -c "$repack" repack "$apt_name" "$name" "$architecture" "$version" "$work/repack" "$work/debs/$file" >&2 || exit 1
  done
}
section repack repack

# One line a file that is there: name architecture version sha256 bytes path
describe() {
  [ ! -f "$4" ] || printf '%s %s %s %s %s %s\n' "$1" "$2" "$3" "$(sha256sum <"$4" | cut -d' ' -f1)" "$(stat -c %s "$4")" "$4"
}
files() {
  lines "$new" | while read -r name architecture version _ file _; do
    describe "$name" "$architecture" "$version" "$work/debs/$file"
  done
  lines "$old" | while read -r how name architecture version _ file _; do
    case $how in
      cache) describe "$name" "$architecture" "$version" "$file" ;;
      *) describe "$name" "$architecture" "$version" "$work/debs/$file" ;;
    esac
  done
}
section files files

# One pass over each new file: its changelogs and its conffiles come out, the rest is passed by.
unpack() {
  mkdir -p "$work/new" || return 1
  lines "$new" | while read -r name architecture _ _ file _; do
    tree=$work/new/$name.$architecture
    rm -rf "$tree" && mkdir -m 0700 "$tree" || exit 1
    dpkg-deb --ctrl-tarfile "$work/debs/$file" | tar -xO ./conffiles 2>/dev/null | grep -a '^/' >"$tree.conffiles"
    { printf './usr/share/doc/%s\n./usr/share/doc/%s/changelog*\n' "$name" "$name"; sed 's/^/./' "$tree.conffiles"; } >"$tree.members"
    # tar complains of members that are not there; whatever is missing is seen afterwards.
    dpkg-deb --fsys-tarfile "$work/debs/$file" |
      tar -x -C "$tree" --no-same-owner --wildcards -T "$tree.members" 2>/dev/null
    true
  done
}
section unpack unpack

conffiles() {
  lines "$new" | while read -r name architecture _; do
    tree=$work/new/$name.$architecture
    while IFS= read -r path; do
      [ -f "$tree$path" ] || { printf '%s\t%s\t-\t%s\n' "$name" "$architecture" "$path"; continue; }
      printf '%s\t%s\t%s\t%s\n' "$name" "$architecture" "$(md5sum <"$tree$path" | cut -d' ' -f1)" "$path"
    done <"$tree.conffiles"
  done
}
section conffiles conffiles

# Debian's changelog of a package, or of the sibling that its documentation directory points to.
changelog_of() {
  doc=$work/new/$1.$2/usr/share/doc/$1
  if [ -L "$doc" ]; then
    sibling=$(readlink "$doc")
    case $sibling in */* | .*) return 1 ;; esac
    set -- "$sibling" "$2"
    [ -d "$work/new/$1.$2" ] || set -- "$1" all
    doc=$work/new/$1.$2/usr/share/doc/$1
    [ ! -L "$doc" ] || return 1
  fi
  for log in "$doc/changelog.Debian.gz" "$doc/changelog.Debian" "$doc/changelog.gz" "$doc/changelog"; do
    [ ! -f "$log" ] || { printf '%s\n' "$log"; return 0; }
  done
  return 1
}

# Entries above the installed source version; a version is compared by dpkg, once it looks like one.
newer_entries() {
  zcat -f "$1" | awk -v old="$2" '
    /^[a-z0-9][a-z0-9+.-]+ \([^()]+\) / {
      version = substr($2, 2, length($2) - 2)
      if (version == old) exit
      if (version ~ /^[0-9A-Za-z][0-9A-Za-z.+:~-]*$/ && system("dpkg --compare-versions " version " le " old) == 0) exit
    }
    { print }'
}
changelogs() {
  lines "$new" | while read -r name architecture _ _ _ _ old_source; do
    if [ "$old_source" = - ]; then
      printf '%s\t%s\tnew\t-\n' "$name" "$architecture"
    elif log=$(changelog_of "$name" "$architecture"); then
      printf '%s\t%s\tread\t%s\n' "$name" "$architecture" "$(newer_entries "$log" "$old_source" | grep -a -o -E 'CVE-[0-9]{4}-[0-9]{4,7}' | sort -u | tr '\n' ' ')"
    else
      printf '%s\t%s\tnone\t-\n' "$name" "$architecture"
    fi
  done
}
section changelogs changelogs
rm -rf "$work/new" "$work/repack"
section stop echo none
answer_ends
