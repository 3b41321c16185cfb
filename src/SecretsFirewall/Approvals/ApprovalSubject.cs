using System.Text.Json.Serialization;

namespace SecretsFirewall.Approvals;

/// <summary>
/// What a person is shown of the action: where, what, why. Everything in it that an agent or a model wrote is masked; whoever shows it escapes it.
/// </summary>
internal sealed record ApprovalSubject
{
    public const string Request = "request";

    public const string ToolCall = "tool_call";

    /// <summary><see cref="Request"/> or <see cref="ToolCall"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Of the request; of the request whose answer made the call.</summary>
    public required string Method { get; init; }

    /// <summary><c>scheme://host:port</c>.</summary>
    public required string Destination { get; init; }

    /// <summary>Path and query, masked.</summary>
    public required string Target { get; init; }

    /// <summary>The tool's name; null for a request.</summary>
    public string? Tool { get; init; }

    /// <summary>The beginning of the body, or of the call's arguments, masked.</summary>
    public string? Content { get; init; }

    /// <summary>Bytes of the whole of it.</summary>
    public long ContentBytes { get; init; }

    /// <summary>Why it waits: the rule's sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>All the rules that matched.</summary>
    public IReadOnlyList<string> Matched { get; init; } = [];

    /// <summary>What the rule asks for, a line each.</summary>
    public IReadOnlyList<string> Conditions { get; init; } = [];

    /// <summary>As policies spell it, <c>green</c> to <c>critical_red</c>; null where nothing says it.</summary>
    public string? Class { get; init; }

    /// <summary>The agent's risk when it asked, 0 to 100; null where nothing says it.</summary>
    public int? Risk { get; init; }

    /// <summary>Of a model call: what it may come to, by the policy's prices. Null for everything else, and for a model without a price.</summary>
    public decimal? MayCost { get; init; }

    /// <summary>Of <see cref="MayCost"/>.</summary>
    public string? Currency { get; init; }

    public required string BundleName { get; init; }

    public int BundleRevision { get; init; }

    public required string BundleHash { get; init; }

    /// <summary>The exchange that asked, for <c>sfw explain</c>.</summary>
    public required string Exchange { get; init; }
}

/// <summary>How subjects are stored.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApprovalSubject))]
internal sealed partial class ApprovalJson : JsonSerializerContext;
