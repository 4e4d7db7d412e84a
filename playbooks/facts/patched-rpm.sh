#!/bin/sh
# How rpm has the packages; stands before patched.sh, in place of what it asks of dpkg.
# shellcheck disable=SC2034,SC2317
database=rpm
versions() {
  for package; do
    version=$(versions_of "${package%:*}" "${package##*:}" | tail -n 1)
    if [ -n "$version" ]; then printf 'ii\t%s\n' "$version"; else printf -- '-\t-\n'; fi
  done
}
# What is there twice was left by a transaction that did not end; an interrupted one may leave needs unmet as well.
audit() {
  for package; do
    [ "$(versions_of "${package%:*}" "${package##*:}" | wc -l)" -le 1 ] || echo "$package is installed twice"
    package=${package%:*}.${package##*:}
    rpm -V --nofiles "$package" 2>/dev/null | grep -v 'is not installed$'
  done
  true
}
# Files of rpm change their times and owners for good reasons, and which of these count was not seen on a real host yet.
verify() { true; }
