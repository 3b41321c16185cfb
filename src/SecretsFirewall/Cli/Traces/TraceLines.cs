using System.Text.Json.Serialization;

namespace SecretsFirewall.Cli.Traces;

/// <summary>What <c>sfw trace show --json</c> writes.</summary>
/// <param name="Skipped">Earlier steps that are not among <paramref name="Steps"/>.</param>
internal sealed record TraceLine(
    string Agent, string Session, IReadOnlyList<string> Labels, IReadOnlyList<TraceNote> Notes, TraceTotals Totals, IReadOnlyList<TraceGrant> Granted, int Skipped, IReadOnlyList<TraceStepLine> Steps)
{
    public static TraceLine Of(SessionTrace trace, int skipped) =>
        new(trace.Agent, trace.Session, trace.Labels, trace.Notes, trace.Totals, trace.Grants, skipped, [.. trace.Steps.Skip(skipped).Select(TraceStepLine.From)]);
}

/// <param name="Step">From 1.</param>
/// <param name="Record">The number of the record.</param>
/// <param name="Of">The step that it belongs to.</param>
internal sealed record TraceStepLine(int Step, long Record, DateTimeOffset At, TraceKind Kind, int? Of, string? Exchange, string What, string Granted, string Used)
{
    public static TraceStepLine From(TraceStep step) => new(step.Number, step.Sequence, step.At, step.Kind, step.Of, step.Exchange, step.What, step.Granted, step.Used);
}

/// <summary>What <c>sfw trace diff --json</c> writes.</summary>
/// <param name="OnlyFirst">What only the first was granted and used; the other way round, <paramref name="OnlySecond"/>.</param>
internal sealed record TraceDiffLine(
    string First, string Second, TraceTotals FirstTotals, TraceTotals SecondTotals, IReadOnlyList<string> OnlyFirst, IReadOnlyList<string> OnlySecond, IReadOnlyList<TracePairLine> Steps);

/// <param name="Mark"><c>-</c> only in the first, <c>+</c> only in the second, <c>~</c> in both and otherwise, a blank: in both.</param>
internal sealed record TracePairLine(string Mark, TraceStepLine? First, TraceStepLine? Second);

/// <summary>What <c>sfw trace list --json</c> writes of each session.</summary>
internal sealed record TraceListLine(string Agent, string Session, DateTimeOffset From, DateTimeOffset Until, long Records, long Refused, IReadOnlyList<string> Labels);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(TraceKindConverter)])]
[JsonSerializable(typeof(TraceLine))]
[JsonSerializable(typeof(TraceDiffLine))]
[JsonSerializable(typeof(TraceListLine))]
internal sealed partial class TraceJson : JsonSerializerContext;

/// <summary>In snake case.</summary>
internal sealed class TraceKindConverter() : JsonStringEnumConverter<TraceKind>(System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
