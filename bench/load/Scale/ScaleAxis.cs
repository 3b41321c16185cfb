using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;

namespace SecretsFirewall.Load.Scale;

/// <summary>Something that grows in use, and at which sizes an exchange is measured.</summary>
/// <param name="Note">How it is made to be so large.</param>
internal sealed record ScaleAxis(string Id, string Title, string Unit, IReadOnlyList<long> Points, string Note)
{
    public Func<BenchOptions, long, BenchOptions> Options { get; init; } = static (options, _) => options;

    public Func<long, BenchBasis> Basis { get; init; } = static _ => BenchBasis.Shipped;

    /// <summary>Streams that stay open beside the exchanges.</summary>
    public Func<long, int> Streams { get; init; } = static _ => 0;

    /// <summary>What one exchange is; null for a POST of 16 KB.</summary>
    public Func<ClientJob, long, ClientJob>? Job { get; init; }
}
