#!/bin/sh
# Part of an inspection: security updates that the indexes on the host know of, and of when those indexes are. Nothing is
# fetched, and apt keeps its cache in memory and writes no log of what it would do.
# shellcheck disable=SC2016,SC2317
# Each index of a security suite with the day it was signed.
indexes() {
  for file in /var/lib/apt/lists/*_InRelease /var/lib/apt/lists/*_Release; do
    [ -f "$file" ] || continue
    head -n 60 "$file" | awk '
      /^(Suite|Label|Codename):.*[Ss]ecurity/ { secure = 1 }
      /^Date:/ { date = $0; sub(/^Date: */, "", date) }
      END { if (secure && date != "") print date }' | head -c 60 | while IFS= read -r date; do date -u -d "$date" +%s; done
  done
}
# dnf itself writes logs, locks and caches; its library does only what it is told. One line for each repository: seconds since
# its index was last found good; then the packages that an advisory of security is for.
dnf_program='
import sys, time
import dnf, hawkey
base = dnf.Base()
conf = base.conf
conf.read()
if conf.substitutions.get("releasever") is None:
    conf.substitutions["releasever"] = ""
conf.substitutions.update_from_etc(conf.installroot, varsdir=conf._get_value("varsdir"))
conf.plugins = False
base.read_all_repos()
sack = dnf.sack.Sack(pkgcls=dnf.package.Package, pkginitval=base, arch=conf.substitutions["arch"],
    cachedir=conf.cachedir, rootdir=conf.installroot, logfile="/dev/null")
sack.load_system_repo(build_cache=False)
for repo in base.repos.iter_enabled():
    repo._repo.loadCache(throwExcept=True, ignoreMissing=False)
    sack.load_repo(repo._repo, build_cache=False, load_updateinfo=True)
    print("index", max(0, int(repo._repo.getAge())))
found = sack.query().upgrades().filterm(advisory_type="security").latest()
for one in sorted(found, key=lambda one: (one.name, one.arch)):
    print(one.name, one.evr)
'
dnf_updates() {
  python=$(sed -n '1s/^#! *\(\/[A-Za-z0-9/._-]*\).*/\1/p' "$(command -v dnf)" 2>/dev/null)
  [ -n "$python" ] || return 1
  limited 40 131072 env PYTHONDONTWRITEBYTECODE=1 "$python" -I -B -c "$dnf_program"
}
manager() {
  if [ "$packages" = dnf ] && command -v dnf >/dev/null; then echo dnf
  elif command -v apt-get >/dev/null; then echo apt
  elif command -v dnf >/dev/null; then echo dnf
  else echo none; fi
}
section manager manager
case $(manager) in
  apt)
    section indexes indexes
    section updates limited 30 131072 sh -c '
      set -e
      said=$(apt-get -s -q2 -o Debug::NoLocking=true -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o Dir::Log::Planner= -o Dir::Log::Solver= -o APT::Get::Show-User-Simulation-Note=false --ignore-hold dist-upgrade)
      printf "%s\n" "$said" | sed -n "s/^Inst \([^ ]*\) \(\[[^]]*\] \)\{0,1\}(\([^ ]*\) [^)]*[Ss]ecurity[^)]*).*\$/\1 \3/p"'
    ;;
  dnf) section updates dnf_updates ;;
esac
