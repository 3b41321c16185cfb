"""Sends every connection to the bench's upstream, whatever name the client asked for, and streams: mitmproxy at its quickest."""

from mitmproxy import ctx


class ToUpstream:
    def load(self, loader):
        loader.add_option("bench_upstream", str, "", "address:port of the upstream")

    def server_connect(self, data):
        host, port = ctx.options.bench_upstream.rsplit(":", 1)
        data.server.address = (host, int(port))

    def requestheaders(self, flow):
        flow.request.stream = True

    def responseheaders(self, flow):
        flow.response.stream = True


addons = [ToUpstream()]
