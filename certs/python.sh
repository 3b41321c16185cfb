#!/bin/sh
# Python: requests, httpx, urllib, aiohttp, pip. These settings replace the roots, so they name a bundle with the system's and ours.
#
#   eval "$(certs/python.sh trust CA.pem)"      for this shell
#   eval "$(certs/python.sh untrust CA.pem)"
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
if [ "$action" = trust ]; then make_bundle python; else rm -f "$(bundle_file python)"; fi
print_environment SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_CERT
