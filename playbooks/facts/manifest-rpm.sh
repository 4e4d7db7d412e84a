#!/bin/sh
# Packages and marks of a manifest, where rpm and dnf have them, in dpkg's words: `ii` is installed, `hi` is held as well.
# $1 the program that reads what is held, in Python.
# shellcheck disable=SC2154,SC2317
holds_program=${1-}
packages() {
  listed=$(rpm -qa --qf '%{NAME}\t%{ARCH}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\n') || return 1
  # rpm makes a new, empty database where there is none, and nothing is no manifest of a host.
  [ -n "$listed" ] || { echo 'rpm knows of no package: its database is gone' >&2; return 1; }
  held=$(locked_names "$holds_program") || return 1
  printf '%s\n' "$listed" | sed 's/\t0:/\t/' | grep -v '^gpg-pubkey	' | sort |
    held=$held awk -F '\t' '
      BEGIN { n = split(ENVIRON["held"], name, "\n"); for (i = 1; i <= n; i++) held[name[i]] = 1 }
      { key = $1 "\t" $2; if (!(key in versions)) order[++count] = key; versions[key] = versions[key] (versions[key] == "" ? "" : ",") $3 }
      END { for (i = 1; i <= count; i++) { split(order[i], part, "\t"); print order[i] "\t" versions[order[i]] "\t" (part[1] in held ? "hi " : "ii ") } }'
}

# dnf keeps in its history why a package is there; reading it there would write beside it, so a copy is read.
auto_marks() {
  [ -e /var/lib/dnf/history.sqlite ] || return 0
  copy=$(mktemp -d /run/upkeep-manifest.XXXXXX) || return 1
  cp /var/lib/dnf/history.sqlite* "$copy/" &&
    "$(sed -n '1s/^#! *\(\/[A-Za-z0-9/._-]*\).*/\1/p' "$(command -v dnf)")" -I -c '
import sys

import dnf

base = dnf.Base()
base.conf.read()
base.conf.plugins = False
base.conf.disable_excludes = ["all"]
base.conf.cachedir = base.conf.logdir = base.conf.persistdir = sys.argv[1]
base.fill_sack(load_system_repo=True, load_available_repos=False)
for one in sorted(base.sack.query().installed()):
    if one.name != "gpg-pubkey" and not base.history.user_installed(one):
        print("%s\t%s" % (one.name, one.arch))
' "$copy"
  code=$?
  rm -rf "$copy"
  return "$code"
}
