#!/bin/sh
# RHEL, Fedora, CentOS Stream, Amazon Linux: the system's store.
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
need_root
file=/etc/pki/ca-trust/source/anchors/$sfw_name.pem
if [ "$action" = trust ]; then
    install -D -m 0644 "$pem" "$file"
else
    rm -f "$file"
fi
update-ca-trust extract
