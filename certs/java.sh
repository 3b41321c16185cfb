#!/bin/sh
# Java: a truststore of its own, copied from the JDK's and with our CA added, so that the JDK's file stays as it was.
#
#   eval "$(certs/java.sh trust CA.pem)"        sets JAVA_TOOL_OPTIONS for this shell
#   eval "$(certs/java.sh untrust CA.pem)"
#
# Java ignores HTTPS_PROXY too: -Dhttps.proxyHost and -Dhttps.proxyPort say where the firewall listens. `sfw exec` sets both.
set -eu
. "$(dirname "$0")/lib.sh"
read_arguments "$@"
command -v keytool >/dev/null || die "$0: needs keytool, which comes with the JDK."
store=${pem%.pem}-truststore.p12
if [ "$action" = trust ]; then
    home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v keytool)")")")}
    cacerts=$home/lib/security/cacerts
    [ -r "$cacerts" ] || die "$0: found no cacerts under $home; set JAVA_HOME."
    # 'changeit' protects nothing: a truststore holds only public certificates, and PKCS #12 wants some password.
    rm -f "$store"
    keytool -importkeystore -noprompt -srckeystore "$cacerts" -srcstorepass changeit \
        -destkeystore "$store" -deststoretype PKCS12 -deststorepass changeit >/dev/null 2>&1
    keytool -importcert -noprompt -alias "$sfw_name" -file "$pem" -keystore "$store" -storepass changeit >/dev/null 2>&1
    printf "export JAVA_TOOL_OPTIONS='-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=changeit'\n" "$store"
else
    rm -f "$store"
    printf 'unset JAVA_TOOL_OPTIONS\n'
fi
