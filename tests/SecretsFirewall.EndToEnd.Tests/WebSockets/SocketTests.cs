using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.WebSockets;

/// <summary>Tests with a raw client at one end, and a recording upstream that speaks frames as the test says at the other.</summary>
public abstract class SocketTests(FirewallFixture firewall) : FirewallTests(firewall)
{
    private static int _sockets;

    /// <summary>Opens a socket to <see cref="Hosts.Http1Tool"/> or a model; the upstream's end is what its script was given.</summary>
    private protected async Task<OpenSocket> OpenAsync(string host, string? extensions = null, params string[] headers)
    {
        var accepted = new TaskCompletionSource<FrameStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        UpstreamOf(host).Reset(async exchange =>
        {
            await using var registration = exchange.PeerGone.Register(() => gone.TrySetResult());
            accepted.SetResult(await exchange.AcceptWebSocketAsync(extensions));
            await over.Task;
        });
        Firewall.MarkAudit();
        var client = await Firewall.TunnelAsync(host);
        var target = $"/socket/{Interlocked.Increment(ref _sockets)}";
        var (answer, frames) = await FrameStream.OpenAsync(client, host, target, [.. headers, .. extensions is null ? Array.Empty<string>() : ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]]);
        Assert.Equal(101, answer.Status);
        return new OpenSocket(target, client, frames, await accepted.Task.WaitAsync(Patience.Long), over, gone.Task);
    }

    private protected Upstreams.RecordingUpstream UpstreamOf(string host) => host == Hosts.Http1Tool ? Http1Upstream : Upstream;

    /// <summary>The one record of how the socket ended.</summary>
    private protected Task<AuditRecord> OutcomeAsync(OpenSocket socket) =>
        Firewall.AuditAsync(record => record.Path == socket.Target && record.Type is AuditTypes.Outcome or AuditTypes.BypassAttempt);

    /// <param name="Over">Set by the test when the upstream may return.</param>
    /// <param name="UpstreamsPeerGone">Done when the upstream sees that the firewall's connection is gone.</param>
    private protected sealed record OpenSocket(
        string Target, RawClient Raw, FrameStream Client, FrameStream Upstream, TaskCompletionSource Over, Task UpstreamsPeerGone) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Over.TrySetResult();
            await Raw.DisposeAsync();
        }
    }
}
