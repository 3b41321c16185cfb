using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Control;

/// <summary>How an operation reaches the firewall that owns the home.</summary>
internal interface IControlTransport : IAsyncDisposable
{
    /// <param name="request">Cleared by the caller.</param>
    /// <exception cref="HttpRequestException">The process went away.</exception>
    Task<ControlReply> SendAsync(string operation, ReadOnlyMemory<byte> request, CancellationToken cancellationToken);
}
