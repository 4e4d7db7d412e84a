# Fetches what this host works by and puts it to work. What did not come whole, or a program refuses, changes nothing.
# UPKEEP_BUCKET, UPKEEP_PREFIX, UPKEEP_PASSWORD (name of a parameter): from the unit.
set -u
state=${UPKEEP_STATE:-/var/lib/upkeep}
etc=${UPKEEP_ETC:-/etc/prometheus}
metrics=${UPKEEP_METRICS:-/var/lib/prometheus/node-exporter}
files='prometheus.yml rules.yml alertmanager.yml blackbox.yml prometheus.env'
good=$state/good
new=
umask 022

report() {
  [ "$1" = 0 ] || date +%s >"$state/last-good"
  {
    echo '# HELP upkeep_settings_good Whether the last look for new settings ended well.'
    echo '# TYPE upkeep_settings_good gauge'
    echo "upkeep_settings_good $1"
    echo '# HELP upkeep_settings_last_good_timestamp_seconds When a look for new settings last ended well; 0: never.'
    echo '# TYPE upkeep_settings_last_good_timestamp_seconds gauge'
    echo "upkeep_settings_last_good_timestamp_seconds $(cat "$state/last-good" 2>/dev/null || echo 0)"
  } >"$metrics/upkeep-settings.new" && mv -f "$metrics/upkeep-settings.new" "$metrics/upkeep-settings.prom"
}

stop() {
  echo "upkeep: $1; the last good settings stay" >&2
  [ -z "$new" ] || rm -rf "$new"
  report 0
  exit 1
}

# A link takes the place of another one in one step.
point() {
  ln -sfn "$1" "$2.next" && mv -fT "$2.next" "$2"
}

load() {
  systemctl "$1" prometheus && systemctl reload-or-restart prometheus-alertmanager prometheus-blackbox-exporter
}

mkdir -p "$state" "$etc" || exit 1
used=$(readlink "$good")
for set in "$state"/set.*; do [ "$set" = "$used" ] || rm -rf "$set"; done
new=$(mktemp -d "$state/set.XXXXXX") && chmod 755 "$new" || stop 'no place for new settings'
for file in $files; do
  wanted=$(aws s3api get-object --bucket "$UPKEEP_BUCKET" --key "$UPKEEP_PREFIX$file" \
    --query Metadata.sha256 --output text "$new/$file") || stop "$file can not be fetched"
  found=$(sha256sum <"$new/$file") || stop "$file did not come"
  [ "${found%% *}" = "$wanted" ] || stop "$file did not come whole"
done

complaint=
if grep -q smtp_auth_password_file "$new/alertmanager.yml"; then
  mkdir -p "$etc/secrets" && chmod 750 "$etc/secrets" && chgrp prometheus "$etc/secrets"
  if password=$(aws ssm get-parameter --name "$UPKEEP_PASSWORD" --with-decryption \
    --query Parameter.Value --output text); then
    (umask 077 && printf %s "$password" >"$etc/secrets/new") &&
      chgrp prometheus "$etc/secrets/new" && chmod 640 "$etc/secrets/new" &&
      mv -f "$etc/secrets/new" "$etc/secrets/smtp-password"
  else
    complaint='the password of the mail server can not be fetched'
  fi
fi

same=yes
for file in $files; do cmp -s "$new/$file" "$good/$file" || same=no; done
if [ "$same" = yes ] && [ -e "$good/loaded" ]; then
  rm -rf "$new"
  systemctl start prometheus prometheus-alertmanager prometheus-blackbox-exporter || complaint='not all runs'
else
  promtool check config "$new/prometheus.yml" >&2 || stop 'Prometheus refuses its new settings'
  amtool check-config "$new/alertmanager.yml" >&2 || stop 'Alertmanager refuses its new settings'
  prometheus-blackbox-exporter --config.check --config.file="$new/blackbox.yml" >&2 ||
    stop 'blackbox exporter refuses its new settings'
  ! grep -Evq '^(#.*|KEEP_(TIME|SIZE)=[0-9]+(d|GB))$' "$new/prometheus.env" || stop 'what is kept is not readable'

  # Prometheus reads only at its start how long it keeps figures.
  how=restart
  [ ! -e "$good/loaded" ] || ! cmp -s "$new/prometheus.env" "$good/prometheus.env" || how=reload-or-restart
  point "$new" "$good" || stop 'no link to new settings'
  for file in $files; do
    [ "$(readlink "$etc/$file")" = "$good/$file" ] || point "$good/$file" "$etc/$file"
  done
  if ! load "$how"; then
    if [ -n "$used" ]; then
      point "$used" "$good" && load restart
    else
      # There is nothing to go back to: they stay, and are tried again.
      new=
    fi
    stop 'the new settings do not run'
  fi
  touch "$new/loaded"
fi
if [ -n "$complaint" ]; then
  echo "upkeep: $complaint" >&2
  report 0
  exit 1
fi
report 1
