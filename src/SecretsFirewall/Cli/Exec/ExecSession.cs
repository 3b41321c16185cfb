using System.Net;
using System.Security.Cryptography;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Cli.Exec;

/// <summary>
/// A session with the running firewall: an agent's token of its own, and the environment that leads a process through the proxy. One open
/// call holds it, so that it ends with us, however we end.
/// </summary>
internal sealed class ExecSession : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private const int MostTries = 300;

    private readonly ControlClient _client;
    private readonly SessionRequest _request;
    private readonly CancellationTokenSource _holding = new();
    private readonly Task _held;

    private ExecSession(ControlClient client, SessionRequest request)
    {
        _client = client;
        _request = request;
        _held = HoldAsync();
    }

    public string Id => _request.Session;

    /// <summary>Where the proxy is, and what the command is to trust.</summary>
    public AgentConnection Connection { get; private set; } = null!;

    public IReadOnlyList<EnvironmentVariable> Environment => AgentEnvironment.For(Connection);

    /// <summary>Null if the firewall gave none; <c>Problem</c> then says why.</summary>
    /// <param name="agent">Null for the only one there is.</param>
    public static async Task<(ExecSession? Session, string Problem)> OpenAsync(
        FirewallHome home, ControlClient client, string? agent, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = new ExecSession(client, new SessionRequest(RandomNumberGenerator.GetHexString(16, lowercase: true), agent));
        var opened = await session.OpenAsync(time, cancellationToken);
        if (opened.Failure is { } failure)
        {
            await session.DisposeAsync();
            return (null, failure.Message);
        }

        var reply = opened.Value!;
        var trusted = home.TrustedBy(reply.Agent);
        session.Connection = new AgentConnection(
            AgentConnection.Reachable(IPEndPoint.Parse(reply.Proxy)), reply.Agent, reply.Token, trusted.Bundle, TrustFiles.JavaStoreFor(trusted));
        return (session, "");
    }

    /// <summary>Ends the session. Null if the firewall went away before.</summary>
    public async Task<SessionSummary?> CloseAsync() =>
        (await _client.CallAsync(ControlOperations.SessionClose, _request, CancellationToken.None)).Value;

    public async ValueTask DisposeAsync()
    {
        await _holding.CancelAsync();
        await _held;
        _holding.Dispose();
    }

    private async Task HoldAsync()
    {
        try
        {
            await _client.CallAsync(ControlOperations.SessionHold, _request, _holding.Token);
        }
        catch (OperationCanceledException)
        {
            // We let go.
        }
    }

    /// <summary>The holding call may arrive after this one.</summary>
    private async Task<ControlResult<SessionReply>> OpenAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var opened = await _client.CallAsync(ControlOperations.SessionOpen, _request, cancellationToken);
            if (opened.Failure is not { Kind: ControlFailureKind.NotYet } || tries == MostTries)
            {
                return opened;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
