namespace SecretsFirewall.Audit.Witnesses;

/// <summary>Somebody outside who keeps checkpoints, so that rewriting history takes two parties.</summary>
internal interface IWitness
{
    /// <summary>For people: a file, or an address without anything secret.</summary>
    string Name { get; }

    /// <summary>Null if the witness has it; else one sentence that says why not.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, or too slow.</exception>
    Task<string?> SendAsync(AuditPosition position, CancellationToken cancellation);
}
