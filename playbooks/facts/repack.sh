#!/bin/sh
# Builds a package file from the installed files, as dpkg-repack does: for a version that can not be had any more. The
# content is what is on the disk, an admin's changes included; the control file says so (Upkeep-Repacked).
# $1 name as dpkg-query takes it, $2 name, $3 architecture, $4 version, $5 scratch directory, $6 file to build
set -eu
export LC_ALL=C
query=$1 name=$2 architecture=$3 version=$4 scratch=$5 target=$6
umask 022
rm -rf "$scratch"
mkdir -p "$scratch/tree/DEBIAN"
chmod 0700 "$scratch"
info=/var/lib/dpkg/info
stem=$info/$name:$architecture
[ -e "$stem.list" ] || stem=$info/$name
[ "$(dpkg-query -W -f '${Version} ${Architecture}' "$query")" = "$version $architecture" ]

# The record of dpkg without what belongs to the installation.
dpkg-query -s "$query" | awk '
  /^(Status|Conffiles|Config-Version):/ { skip = 1; next }
  /^[^ ]/ { skip = 0 }
  !skip { print }
  END { print "Upkeep-Repacked: yes" }' >"$scratch/tree/DEBIAN/control"
for script in preinst postinst prerm postrm config; do
  [ ! -f "$stem.$script" ] || install -m 0755 "$stem.$script" "$scratch/tree/DEBIAN/$script"
done
for file in templates triggers shlibs symbols md5sums; do
  [ ! -f "$stem.$file" ] || install -m 0644 "$stem.$file" "$scratch/tree/DEBIAN/$file"
done
dpkg-query -W -f '${Conffiles}\n' "$query" | sed -n -e '/ obsolete$/d' -e '/ remove-on-upgrade$/d' -e 's/^ \(\/.*\) [0-9a-f]\{32\}$/\1/p' |
  while IFS= read -r path; do [ ! -f "$path" ] || printf '%s\n' "$path"; done >"$scratch/tree/DEBIAN/conffiles"
[ -s "$scratch/tree/DEBIAN/conffiles" ] || rm "$scratch/tree/DEBIAN/conffiles"

# Files that were taken away (documentation filters, an admin) stay away. A directory of the package that is a link on
# the disk (/lib on a merged /usr) must be a directory in the file as well: it comes to be with what lies in it.
sed -n 's|^\(/.*\)/[^/]*$|\1|p' "$stem.list" | sort -u >"$scratch/parents"
grep -a '^/[^ ]' "$stem.list" | grep -a -v -x '/\.' | while IFS= read -r path; do
  if [ -L "$path" ] && grep -a -q -x -F -e "$path" "$scratch/parents"; then continue; fi
  if [ -e "$path" ] || [ -L "$path" ]; then printf '%s\n' "${path#/}"; fi
done >"$scratch/list"
tar -c -C / --no-recursion --verbatim-files-from -T "$scratch/list" | tar -x -p -C "$scratch/tree"
# A file that another package diverted lies elsewhere on the disk.
dpkg-divert --list | sed -n 's/^diversion of \(.*\) to \(.*\) by \(.*\)$/\1\t\2\t\3/p' |
  while IFS="$(printf '\t')" read -r path moved owner; do
    if [ "$owner" != "$name" ] && [ -e "$moved" ] && grep -a -q -x -F -e "$path" "$stem.list"; then
      cp -a -- "$moved" "$scratch/tree$path"
    fi
  done
# The same tree gives the same bytes: times are those of the installation.
SOURCE_DATE_EPOCH=$(stat -c %Y "$stem.list") dpkg-deb -Zgzip -z6 --build "$scratch/tree" "$target"
