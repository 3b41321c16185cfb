#!/bin/sh
# macOS: the login keychain of the current user, which Safari, Chrome, curl and everything built on Security.framework read.
# A dialogue asks for the password.
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
keychain=$HOME/Library/Keychains/login.keychain-db
if [ "$action" = trust ]; then
    security add-trusted-cert -r trustRoot -p ssl -k "$keychain" "$pem"
else
    security remove-trusted-cert "$pem"
    hash=$(openssl x509 -in "$pem" -noout -fingerprint -sha1 | sed 's/.*=//; s/://g')
    security delete-certificate -Z "$hash" "$keychain"
fi
