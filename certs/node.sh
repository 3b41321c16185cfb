#!/bin/sh
# Node, Bun, Deno: they add the file to their own roots.
#
#   eval "$(certs/node.sh trust CA.pem)"        for this shell
#   eval "$(certs/node.sh untrust CA.pem)"
#
# Node 22 and later goes through a proxy only with NODE_USE_ENV_PROXY=1; `sfw env` prints that too.
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
print_environment NODE_EXTRA_CA_CERTS DENO_CERT
