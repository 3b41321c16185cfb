using SecretsFirewall.Model;

namespace SecretsFirewall.Policy;

/// <summary>
/// All that a policy may read: the decision is a function of these and of nothing else, the time included.
/// </summary>
public sealed record PolicyFacts
{
    public PolicyStage On { get; init; }

    public required string Agent { get; init; }

    /// <summary>The agent's autonomy level, 1 to 3.</summary>
    public int Level { get; init; } = 1;

    public required Destination Destination { get; init; }

    public string Method { get; init; } = "";

    /// <summary>The path without query, as the client sent it.</summary>
    public string Path { get; init; } = "";

    /// <summary>Bytes after the question mark; 0 without one.</summary>
    public long QueryLength { get; init; }

    /// <summary>Bytes of the body; <see cref="long.MaxValue"/> where the request does not say.</summary>
    public long BodyLength { get; init; }

    /// <summary>The request has the shape of model traffic, whatever its host and its labels say.</summary>
    public bool TrafficIsLlm { get; init; }

    /// <summary>The request has the shape of MCP traffic.</summary>
    public bool TrafficIsMcp { get; init; }

    /// <summary>The provider's name for the tool that is called; null where no tool is.</summary>
    public string? Tool { get; init; }

    /// <summary>The arguments of the call: JSON in one spelling, or free text. Null where they cannot be read.</summary>
    public string? Arguments { get; init; }

    /// <summary>The time of the question, for exceptions that expire. Without it every exception has expired.</summary>
    public DateTimeOffset At { get; init; } = DateTimeOffset.MaxValue;
}
