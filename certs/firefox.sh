#!/bin/sh
# Firefox, and Chrome or Chromium on Linux: each profile's own NSS database. Needs certutil (Debian: libnss3-tools).
# Close the browser first.
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
command -v certutil >/dev/null || die "$0: needs certutil (Debian: libnss3-tools, Fedora: nss-tools, macOS: brew nss)."
found=
for database in "$HOME"/.mozilla/firefox/*/cert9.db "$HOME"/snap/firefox/common/.mozilla/firefox/*/cert9.db \
    "$HOME/Library/Application Support/Firefox/Profiles"/*/cert9.db "$HOME"/.pki/nssdb/cert9.db; do
    [ -f "$database" ] || continue
    found=yes
    profile=$(dirname "$database")
    if [ "$action" = trust ]; then
        certutil -A -d "sql:$profile" -n "$sfw_name" -t C,, -i "$pem"
    else
        certutil -D -d "sql:$profile" -n "$sfw_name" || continue
    fi
    printf '%s: %s\n' "$action" "$profile" >&2
done
[ -n "$found" ] || die "$0: found no profile under $HOME. Start the browser once, then run this again."
