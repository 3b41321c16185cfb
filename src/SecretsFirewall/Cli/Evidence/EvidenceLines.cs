using System.Text.Json.Serialization;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>What <c>sfw audit verify --json</c> writes.</summary>
/// <param name="Result"><c>verified</c>, <c>unsigned</c> (it holds, and nobody who is trusted signed it) or <c>broken</c>.</param>
/// <param name="Unsigned">Records behind the last checkpoint of a trusted key.</param>
/// <param name="Break">Null if it holds.</param>
internal sealed record VerifyLine(
    string Result,
    string Trust,
    IReadOnlyList<CauseLine> Causes,
    long Records,
    long First,
    long Last,
    string LastHash,
    long Checkpoints,
    long SignedThrough,
    long Unsigned,
    long RemovedThrough,
    BreakLine? Break);

/// <param name="Reason">Words as in docs/evidence.md.</param>
internal sealed record BreakLine(string Reason, string Segment, int Line, long Offset, string Sentence);

internal sealed record CauseLine(string Cause, long Count);

/// <summary>What <c>sfw audit trust --json</c> writes for each session.</summary>
internal sealed record TrustLine(string Session, string Agent, long First, long Last, long Records, string Trust, IReadOnlyList<CauseLine> Causes)
{
    public static TrustLine Of(TrustReport report) => new(report.Session, report.Agent, report.First, report.Last, report.Records, report.Status.Word(), CausesOf(report));

    public static IReadOnlyList<CauseLine> CausesOf(TrustReport report) => [.. report.Causes.Select(static one => new CauseLine(one.Word, one.Count))];
}

/// <summary>What <c>sfw audit check --json</c> writes.</summary>
internal sealed record CheckLine(string Result, string Reason, string Where, string Detail, string? Trust, long? First, long? Last);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(VerifyLine))]
[JsonSerializable(typeof(TrustLine))]
[JsonSerializable(typeof(CheckLine))]
internal sealed partial class EvidenceJson : JsonSerializerContext;
