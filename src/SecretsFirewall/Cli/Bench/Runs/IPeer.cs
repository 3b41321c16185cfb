using SecretsFirewall.Cli.Bench.Processes;

namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>A proxy of somebody else that is measured beside us; disposing ends it.</summary>
internal interface IPeer : IDisposable
{
    Subject Subject { get; }

    string Version { get; }

    /// <summary>Stopwatch ticks just after its process was made.</summary>
    long StartedAt { get; }
}

/// <summary>The peers that are to be measured, and how each is started before an upstream.</summary>
internal sealed record Peers(IReadOnlyList<string> Names, Func<string, Listening, Task<IPeer>> StartAsync)
{
    public static Peers None { get; } = new([], static (name, _) => throw new ArgumentOutOfRangeException(nameof(name), name, "There are none."));
}
