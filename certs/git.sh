#!/bin/sh
# Git with OpenSSL or GnuTLS where the system's store is not ours to change: a setting of the current user.
# It replaces the roots, so it names a bundle with the system's and ours.
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
if [ "$action" = trust ]; then
    make_bundle git
    git config --global http.sslCAInfo "$bundle"
else
    git config --global --unset http.sslCAInfo || true
    rm -f "$(bundle_file git)"
fi
