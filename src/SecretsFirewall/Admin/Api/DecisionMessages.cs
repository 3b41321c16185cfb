using System.Text.Json.Serialization;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>A decision as DESIGN.md section 8 has it; the same object wherever one is given.</summary>
/// <param name="DecisionId">Null where nothing was stored: a dry run, and what is allowed or denied by a rule.</param>
/// <param name="Outcome">allow, steer, pending or deny.</param>
/// <param name="Status">Of the question to a person; null where there is none.</param>
/// <param name="RequiredRole">With pending.</param>
/// <param name="Token">To consume it by; with a question that is approved, for callers who may consume.</param>
internal sealed record DecisionReply(
    string? DecisionId,
    string? Exchange,
    string Agent,
    string? Session,
    string Outcome,
    string? Class,
    int? Risk,
    string Rule,
    string Explanation,
    IReadOnlyList<string> Matched,
    IReadOnlyList<string> Conditions,
    DecisionBundle Bundle,
    string? Fingerprint,
    string? Scope,
    DateTimeOffset? ExpiresAt,
    string? Status,
    string? RequiredRole,
    string? Token);

/// <summary>Facts about an action that nobody does.</summary>
internal sealed record DryRunRequest(string Agent, string Host)
{
    /// <summary>connect, request or tool_call; request where it is not said, and the connection is asked about as well.</summary>
    public string? On { get; init; }

    public int? Level { get; init; }

    public string? Scheme { get; init; }

    public int? Port { get; init; }

    public string? Method { get; init; }

    public string? Path { get; init; }

    public long? QueryLength { get; init; }

    public long? BodyLength { get; init; }

    /// <summary>llm or mcp.</summary>
    public string? Traffic { get; init; }

    public string? Tool { get; init; }

    public string? Arguments { get; init; }
}

/// <summary>An action that an adapter is about to do for an agent, outside of what passes through the proxy: a request, or a tool with its arguments.</summary>
internal sealed record ExecutionRequest(string Agent)
{
    public string? Session { get; init; }

    public string? Method { get; init; }

    /// <summary>Absolute.</summary>
    public string? Url { get; init; }

    public string? ContentType { get; init; }

    /// <summary>SHA-256 of the body, 64 hex digits; where it is not said there is no body.</summary>
    public string? BodySha256 { get; init; }

    public string? Tool { get; init; }

    /// <summary>As one text.</summary>
    public string? Arguments { get; init; }
}

/// <param name="Agent">For whom the caller acts: the token must be for the same.</param>
internal sealed record ConsumeRequest(string Agent);

internal sealed record ConsumeReply(string DecisionId, string Agent, string Fingerprint, DateTimeOffset ConsumedAt);

internal sealed record AnswerBody
{
    public string? Note { get; init; }

    public bool ForSession { get; init; }

    public int? MaxUses { get; init; }

    public decimal? MaxCost { get; init; }

    public DateTimeOffset? Until { get; init; }
}

/// <summary>A budget as <c>sfw budget set</c> takes it; its name stands in the path. It needs one limit at least.</summary>
internal sealed record BudgetBody(BudgetWindow Window)
{
    public BudgetPool Per { get; init; }

    public bool Hard { get; init; }

    /// <summary>Patterns; all without any.</summary>
    public IReadOnlyList<string>? Agents { get; init; }

    /// <summary>Patterns; all without any.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    public long? Tokens { get; init; }

    public decimal? Money { get; init; }

    /// <summary>USD without it.</summary>
    public string? Currency { get; init; }

    public long? Requests { get; init; }

    /// <summary>Percentages.</summary>
    public IReadOnlyList<int>? WarnAt { get; init; }

    public bool AllowUnpriced { get; init; }
}

/// <summary>What is told live about a question.</summary>
internal sealed record ApprovalEventReply(string Event, ApprovalReply Approval, DateTimeOffset At);

/// <summary>The API's JSON: as the control plane's, but what is null is left in, so that a client sees every member.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DecisionReply))]
[JsonSerializable(typeof(DecisionPayload))]
[JsonSerializable(typeof(DryRunRequest))]
[JsonSerializable(typeof(ExecutionRequest))]
[JsonSerializable(typeof(ConsumeRequest))]
[JsonSerializable(typeof(ConsumeReply))]
[JsonSerializable(typeof(AnswerBody))]
[JsonSerializable(typeof(BudgetBody))]
[JsonSerializable(typeof(ApprovalEventReply))]
internal sealed partial class ApiJson : JsonSerializerContext;
