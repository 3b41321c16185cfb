#!/bin/sh
# Alpine: the system's store. Needs the package ca-certificates.
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
need_root
file=/usr/local/share/ca-certificates/$sfw_name.crt
if [ "$action" = trust ]; then
    mkdir -p "$(dirname "$file")"
    cp "$pem" "$file"
    chmod 0644 "$file"
else
    rm -f "$file"
fi
update-ca-certificates
