# Shared by the scripts beside it; not run by itself.
# Each of them is called as:  SCRIPT trust|untrust CA.pem      (CA.pem from: sfw ca export)

# The name under which stores keep our CA, so that untrust finds what trust put there.
sfw_name=secretsfirewall

die() { printf '%s\n' "$*" >&2; exit 1; }

# Sets $action and $pem. Refuses anything that is not one CA certificate, and above all anything with a private key in it.
read_arguments() {
    action=${1:-} pem=${2:-}
    case $action in trust | untrust) ;; *) die "usage: $0 trust|untrust CA.pem      (CA.pem from: sfw ca export)" ;; esac
    [ -r "$pem" ] || die "$0: cannot read the certificate '$pem'."
    ! grep -q 'PRIVATE KEY' "$pem" || die "$0: '$pem' holds a private key. Give the file that 'sfw ca export' wrote, never a key."
    [ "$(grep -c 'BEGIN CERTIFICATE' "$pem")" = 1 ] || die "$0: '$pem' must hold exactly one certificate."
    if command -v openssl >/dev/null; then
        openssl x509 -in "$pem" -noout -text | grep -q 'CA:TRUE' || die "$0: '$pem' is not a certificate authority."
        openssl x509 -in "$pem" -noout -subject -fingerprint -sha256 >&2
    fi
    # Absolute, since settings outlive the directory that this was called from.
    pem=$(cd "$(dirname "$pem")" && pwd)/$(basename "$pem")
}

need_root() { [ "$(id -u)" = 0 ] || die "$0: changes the system's store; run it with sudo."; }

# The file with the system's roots, wherever this system keeps it.
system_roots() {
    for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem; do
        if [ -r "$file" ]; then printf '%s\n' "$file"; return; fi
    done
    die "$0: found no bundle of system roots."
}

# Settings that REPLACE the roots need one file with the system's roots and ours: ours alone would break every
# connection that does not go through the firewall. It is written beside the exported certificate, one for each script ($1),
# so that none takes away what another still names.
bundle_file() { printf '%s-for-%s.pem\n' "${pem%.pem}" "$1"; }

bundle=
make_bundle() {
    bundle=$(bundle_file "$1")
    { cat "$(system_roots)"; printf '\n'; cat "$pem"; } > "$bundle.new"
    mv "$bundle.new" "$bundle"
}

# Prints lines for eval: export NAME=value ..., or unset NAME ...
print_environment() {
    if [ "$action" = trust ]; then
        for name in "$@"; do printf "export %s='%s'\n" "$name" "$(printf %s "${bundle:-$pem}" | sed "s/'/'\\\\''/g")"; done
    else
        for name in "$@"; do printf 'unset %s\n' "$name"; done
    fi
}
