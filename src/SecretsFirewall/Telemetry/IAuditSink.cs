using SecretsFirewall.Audit;

namespace SecretsFirewall.Telemetry;

/// <summary>Somebody who is told every record.</summary>
internal interface IAuditSink : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Hands the record over.</summary>
    /// <exception cref="IOException">Nobody takes it now; it is offered again.</exception>
    ValueTask SendAsync(AuditEntry entry, CancellationToken cancellation);
}
