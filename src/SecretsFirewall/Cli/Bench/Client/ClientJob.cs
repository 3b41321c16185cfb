namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>What the client process is told to do, one JSON object a line on its standard input.</summary>
internal sealed record ClientJob
{
    public required JobKind Kind { get; init; }

    /// <summary><c>address:port</c> of the proxy under test; null to go straight to <see cref="Upstream"/>.</summary>
    public string? Proxy { get; init; }

    /// <summary>Asked for in CONNECT.</summary>
    public int ConnectPort { get; init; } = 443;

    /// <summary>What the field <c>Host</c> says: squid goes where it points, whatever CONNECT said.</summary>
    public string HostField(string host) => ConnectPort == 443 ? host : $"{host}:{ConnectPort}";

    /// <summary><c>address:port</c> of the upstream, for the way without a proxy.</summary>
    public required string Upstream { get; init; }

    /// <summary>The authorities whose certificates are accepted; every chain is really verified.</summary>
    public required IReadOnlyList<string> CaFiles { get; init; }

    public required string Host { get; init; }

    public RequestKind Request { get; init; }

    /// <summary>Body bytes of a request that has one, response bytes of one that asks for some; messages of a conversation.</summary>
    public long Size { get; init; }

    public int Connections { get; init; } = 1;

    /// <summary>Stops after this many, or after <see cref="Seconds"/>, whichever is first.</summary>
    public int Count { get; init; } = int.MaxValue;

    public double Seconds { get; init; } = 5;

    /// <summary>The number of the first new name, so that no round meets a name of an earlier one.</summary>
    public int FirstName { get; init; }

    public int Seed { get; init; }
}

internal enum JobKind
{
    /// <summary>The same request over and over on kept connections; the samples are its <see cref="Latency.Quantiles"/> in ms.</summary>
    Requests = 0,

    /// <summary>A new connection with a new name each time, one small request in it; samples as for <see cref="Requests"/>.</summary>
    Tunnels,

    /// <summary>A streamed answer; samples are each event's age in ms.</summary>
    Events,

    /// <summary>A streamed answer; samples are ms from the first byte sent to the first event.</summary>
    FirstEvent,

    /// <summary>Streams that say one word and then stay; ends when the next line arrives.</summary>
    Idle,

    /// <summary>All kinds of traffic at once, as whoever soaks defines it.</summary>
    Soak,

    /// <summary>Tries until one request has been answered; the sample is the time of that answer in stopwatch ticks.</summary>
    FirstAnswer,
}

internal enum RequestKind
{
    Get = 0,
    Post,
    Prompt,
    StreamedPrompt,

    /// <summary>A prompt with a history: questions, tool calls and their results, 1 KB each.</summary>
    Conversation,
    Upload,
}

/// <summary>What came of it. <paramref name="Error"/> is null if every request was answered as it should be.</summary>
internal sealed record ClientResult(long Requests, long Bytes, double Seconds, IReadOnlyList<double> Samples, string? Error)
{
    public static ClientResult Failed(string error) => new(0, 0, 0, [], error);
}
