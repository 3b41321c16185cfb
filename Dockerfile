# The firewall in a container: built with the SDK, run by an ordinary user on the runtime alone, everything it keeps in one volume.
#
#   docker build -t secretsfirewall .
#   docker run -d --name sfw -v sfw-home:/home/sfw/.secretsfirewall -p 127.0.0.1:8888:8888 secretsfirewall
#   docker exec sfw sfw agents add build --level 1      # prints the token, once
#   docker exec sfw sfw ca export > firewall-ca.pem     # what clients must trust; see certs/
#
# Both stages stand on Ubuntu, whose own archive carries .NET 10 and its security updates.

FROM ubuntu:24.04 AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends dotnet-sdk-10.0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# What decides the packages first: they are restored anew only when one of these changes.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/Directory.Build.props src/BannedSymbols.txt src/
COPY src/SecretsFirewall.Core/SecretsFirewall.Core.csproj src/SecretsFirewall.Core/
COPY src/SecretsFirewall/SecretsFirewall.csproj src/SecretsFirewall/
RUN dotnet restore src/SecretsFirewall
COPY . .
RUN dotnet publish src/SecretsFirewall --no-restore -c Release -o /app

FROM ubuntu:24.04
# libsqlite3-0: the distribution's SQLite is patched by the distribution. ca-certificates: the roots that upstreams are checked against.
RUN apt-get update \
    && apt-get install -y --no-install-recommends aspnetcore-runtime-10.0 libsqlite3-0 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin sfw \
    && install -d -m 0700 -o sfw -g sfw /home/sfw/.secretsfirewall
COPY --from=build /app /opt/sfw
RUN ln -s /opt/sfw/sfw /usr/local/bin/sfw
USER 10001
ENV SFW_HOME=/home/sfw/.secretsfirewall \
    SFW_LISTEN__PROXY=0.0.0.0:8888 \
    DOTNET_EnableDiagnostics=0
# Outside loopback nobody is agent `local`: without a token from `sfw agents add` every client is answered 407.
# The admin listener stays on the container's own loopback, where the health check asks it.
VOLUME /home/sfw/.secretsfirewall
EXPOSE 8888
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8889 && printf 'GET /healthz HTTP/1.1\\r\\nHost: 127.0.0.1:8889\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["sfw"]
CMD ["run"]
