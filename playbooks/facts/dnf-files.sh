#!/bin/sh
# Gathers package files in the plan's throw-away directory and checks who signed them. $1 plan id; $2 lines
# "new|old fetch|PATH name architecture version sha256"; $3 the program that fetches, in Python.
# shellcheck disable=SC2154,SC2317
plan=$1 wanted=$2 program=$3
work=/var/tmp/upkeep-plan-$plan
if [ ! -d "$work/rpms" ] || [ -L "$work" ] || [ ! -O "$work" ]; then
  section stop echo no-directory
  answer_ends
fi
umask 077
python=$(sed -n '1s/^#! *\(\/[A-Za-z0-9/._-]*\).*/\1/p' "$(command -v dnf)")
lines() { printf '%s\n' "$wanted" | grep .; }

fetch() {
  lines | while read -r which how name architecture _; do
    [ "$how" = fetch ] || ln -sf "$how" "$work/rpms/$which/${name}_$architecture.rpm"
  done
  # One argument holds 128 KiB (MAX_ARG_STRLEN of Linux), which are a thousand packages.
  lines | sed -n 's/ fetch / /p' >"$work/out/fetch"
  timeout -k 10 540 "$python" -I -c "$program" "$work" "$work/out/fetch" >&2
}
section fetch fetch

# A ring of its own: keys that somebody imported on this host, and those that its repositories name and keep here.
ring() {
  mkdir -p "$work/keys" || return 1
  rpm -q gpg-pubkey --qf '%{NAME}-%{VERSION}-%{RELEASE}\n' 2>/dev/null | grep '^gpg-pubkey-' | while read -r key; do
    rpm -q "$key" --qf '%{DESCRIPTION}\n' >"$work/key" && rpmkeys --dbpath "$work/keys" --import "$work/key"
  done
  while IFS= read -r key; do
    [ ! -f "$key" ] || rpmkeys --dbpath "$work/keys" --import "$key"
  done <"$work/out/keys"
  true
}
section ring ring

# A line a file that is there: new|old, name, architecture, version, SHA-256, bytes, who signed it, what it says it is,
# path. Without a signed index somebody on the way could give one signed package for another, so the header counts.
files() {
  lines | while read -r which _ name architecture version _; do
    file=$work/rpms/$which/${name}_$architecture.rpm
    [ -f "$file" ] || continue
    # rpm says so in words only: a file without signature is good as well.
    case $(rpmkeys --dbpath "$work/keys" -K "$file" 2>/dev/null) in
      *': digests signatures OK') signed=signed ;;
      *': digests OK') signed=unsigned ;;
      *) signed=bad ;;
    esac
    header=$(rpm --dbpath "$work/keys" -qp --nosignature --qf '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{ARCH}' "$file" 2>/dev/null | sed 's/ 0:/ /')
    if [ "$header" = "$name $version $architecture" ]; then is=itself; else is=another; fi
    printf '%s %s %s %s %s %s %s %s %s\n' "$which" "$name" "$architecture" "$version" \
      "$(sha256sum <"$file" | cut -d' ' -f1)" "$(stat -L -c %s "$file")" "$signed" "$is" "$file"
  done
}
section files files
section stop echo none
answer_ends
