using Microsoft.AspNetCore.Http;

namespace SecretsFirewall.Cli.Demo;

/// <summary>Who a <see cref="LoopbackUpstream"/> claims to be, and how it behaves.</summary>
internal sealed record LoopbackUpstreamOptions
{
    /// <summary>The names in its certificate; <c>*.example.test</c> covers one label.</summary>
    public required IReadOnlyCollection<string> Names { get; init; }

    /// <summary>Whether every request is kept whole. Off by default: a bench sends gigabytes.</summary>
    public bool Records { get; init; }

    /// <summary>Answers of one's own by exact path; they go before those of <see cref="UpstreamAnswers"/>.</summary>
    public IReadOnlyDictionary<string, RequestDelegate> Answers { get; init; } = new Dictionary<string, RequestDelegate>();

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
