using System.ComponentModel;
using System.Text.Json;

namespace SecretsFirewall.Policy.Documents;

/// <summary>A test of one value: a header field, a query parameter, or what stands at a JSON pointer.</summary>
internal sealed record ValueTest
{
    [Description("A text, a number, true or false.")]
    public JsonElement? Eq { get; init; }

    public JsonElement[]? In { get; init; }

    public string? InSet { get; init; }

    public string? Prefix { get; init; }

    public string? Suffix { get; init; }

    [Description("* stands for any characters.")]
    public string? Glob { get; init; }

    [Description("A file's path: this one and everything below it, by whole segments, dot segments resolved.")]
    public string? Under { get; init; }

    [Description("Any of these texts stands somewhere in it, in these capitals.")]
    public string[]? ContainsAny { get; init; }

    [Description("A regular expression (.NET, without backtracking) that is found somewhere in it.")]
    public string? Matches { get; init; }

    public double? Lt { get; init; }

    public double? Gt { get; init; }

    public bool? Exists { get; init; }
}

internal sealed record FindingTest
{
    [Description("The id of the detection rule; registry for a value of the vault.")]
    public NameTest? Rule { get; init; }

    public FindingKindTest? Kind { get; init; }

    [Description("How many of them; more than none where it is not said.")]
    public NumberTest? Count { get; init; }
}

internal sealed record FindingKindTest
{
    public Model.FindingKind? Eq { get; init; }

    public Model.FindingKind[]? In { get; init; }
}

internal sealed record TimeTest
{
    [Description("UTC, such as 08:30. With to before from, the time passes midnight.")]
    public string? From { get; init; }

    [Description("UTC, the first minute that is no longer meant.")]
    public string? To { get; init; }

    [Description("UTC.")]
    public DayOfWeek[]? Weekdays { get; init; }
}

internal sealed record HistoryTest
{
    [Description("Requests of this session that have ended.")]
    public NumberTest? Exchanges { get; init; }

    public NumberTest? Refused { get; init; }

    [Description("Values that were masked.")]
    public NumberTest? Masked { get; init; }

    [Description("References that were bound.")]
    public NumberTest? Bound { get; init; }
}
