#!/bin/sh
# Debian, Ubuntu and their kin: the system's store. Read by curl, wget, git, Go, .NET, Ruby, PHP and Debian's own Python.
# Also by Java where ca-certificates-java is installed. Not by Node, nor by Python packages that bring their own roots.
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
need_root
file=/usr/local/share/ca-certificates/$sfw_name.crt
if [ "$action" = trust ]; then
    install -D -m 0644 "$pem" "$file"
    update-ca-certificates
else
    rm -f "$file"
    update-ca-certificates --fresh
    # The hook of ca-certificates-java adds, but does not take away what is simply gone.
    java_store=/etc/ssl/certs/java/cacerts
    if [ -f "$java_store" ] && command -v keytool >/dev/null; then
        keytool -delete -alias "debian:$sfw_name.pem" -keystore "$java_store" -storepass changeit >/dev/null 2>&1 || true
    fi
fi
