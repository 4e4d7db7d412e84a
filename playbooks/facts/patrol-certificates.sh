#!/bin/sh
# Part of an inspection: the certificates of files that the estate names, or nginx, Apache or PostgreSQL do. Each line is
# a path, a tab and one certificate of the file (base64 of its DER), or - where there is none. A file may hold a private
# key as well, so only what stands between the marks of a certificate is read.
# shellcheck disable=SC2016,SC2154,SC2317
certificate_files() {
  for file in "$@"; do echo "$file"; done
  for root in /etc/nginx; do
    [ ! -d "$root" ] || grep -r -h -s -i -E '^[[:space:]]*ssl_certificate[[:space:]]' "$root" |
      sed -n 's/^[[:space:]]*[a-zA-Z_]*[[:space:]]*"\{0,1\}\([^"; ]*\).*/\1/p' | sed "s|^\([^/]\)|$root/\1|"
  done
  for root in /etc/apache2 /etc/httpd; do
    [ ! -d "$root" ] || grep -r -h -s -i -E '^[[:space:]]*SSLCertificateFile[[:space:]]' "$root" |
      sed -n 's/^[[:space:]]*[a-zA-Z]*[[:space:]]*"\{0,1\}\([^" ]*\).*/\1/p' | sed "s|^\([^/]\)|$root/\1|"
  done
  for settings in /etc/postgresql/*/*/postgresql.conf /var/lib/pgsql/*/data/postgresql.conf /var/lib/pgsql/data/postgresql.conf; do
    [ -f "$settings" ] || continue
    # The last setting counts; what stands in conf.d comes after the file.
    cat "$settings" "${settings%/*}"/conf.d/*.conf 2>/dev/null | awk -v root="${settings%/*}" '
      { line = tolower($0); sub(/^[ \t]+/, "", line) }
      line ~ /^ssl[ \t=]/ { ssl = line ~ /^ssl[ \t]*=?[ \t]*.?(on|true|yes|1)/ }
      line ~ /^ssl_cert_file[ \t=]/ { file = $0; sub(/^[^=]*=[ \t]*/, "", file); sub(/^\047/, "", file); sub(/\047.*$/, "", file) }
      END { if (ssl && file != "") print (file ~ /^\// ? file : root "/" file) }'
  done
}
certificates() {
  set +f
  unset IFS
  begun=$(centiseconds)
  # A name with a variable is found only by nginx itself, once somebody asks it.
  certificate_files "$@" | grep '^/' | grep -v -F '$' | sort -u | head -n 60 | while IFS= read -r file; do
    # A file on a disk that hangs costs two seconds; of many, the rest is left out and told.
    [ "$(($(centiseconds) - begun))" -lt 1000 ] || { echo late; break; }
    if timeout -k 1 2 test -f "$file"; then
      timeout -k 1 2 head -c 262144 -- "$file" 2>/dev/null | awk -v count=0 '
        /^-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/ { on = 1; text = ""; next }
        /^-----END / { if (on && count < 10) { print text; count++ } on = 0; next }
        on { gsub(/[ \t\r]/, ""); text = text $0 }
        END { if (!count) print "-" }' | while IFS= read -r text; do printf '%s\t%s\n' "$file" "$text"; done
    else
      printf '%s\t-\n' "$file"
    fi
  done | head -c 524288
}
section certificates with "$certificates" certificates
