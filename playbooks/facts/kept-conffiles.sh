#!/bin/sh
# Configuration of packages that was put beside the admin's own since file $1 was written. Lines: the admin's file and the
# package's, and what differs, each in base64; the last is "-" where not everybody may read the admin's file.
# shellcheck disable=SC2317
kept() {
  [ -e "$1" ] || return 1
  # The time of the content is the package's: only the time of the entry tells when it came.
  find /etc -xdev -type f \( -name '*.dpkg-dist' -o -name '*.ucf-dist' -o -name '*.rpmnew' \) -cnewer "$1" -print0 | sort -z |
    head -z -n 20 | xargs -0 -r sh -c 'for beside; do
      case $beside in *.rpmnew) own=${beside%.rpmnew} ;; *) own=${beside%.*-dist} ;; esac
      [ -f "$own" ] || continue
      difference=-
      case $(stat -c %A "$own") in
        *r??) difference=$(diff -u --label "$own" --label "$beside" "$own" "$beside" | head -c 4000 | base64 -w0) ;;
      esac
      printf "%s\t%s\t%s\n" "$(printf %s "$own" | base64 -w0)" "$(printf %s "$beside" | base64 -w0)" "$difference"
    done' sh
}
section kept kept "$1"
answer_ends
