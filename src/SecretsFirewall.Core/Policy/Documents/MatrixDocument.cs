using System.ComponentModel;
using System.Text.Json.Serialization;
using SecretsFirewall.Commands;

namespace SecretsFirewall.Policy.Documents;

/// <summary>Class × level. A cell that is not said is as in the design; where the whole is not said, calls are decided by rules alone.</summary>
internal sealed record MatrixDocument
{
    [JsonPropertyName("level_1")]
    public MatrixRowDocument? Level1 { get; init; }

    [JsonPropertyName("level_2")]
    public MatrixRowDocument? Level2 { get; init; }

    [JsonPropertyName("level_3")]
    public MatrixRowDocument? Level3 { get; init; }
}

internal sealed record MatrixRowDocument
{
    public ClassAnswer? Green { get; init; }

    public ClassAnswer? Yellow { get; init; }

    [Description("Added to the class's own cell where something leaves toward people or the public. The gate is asked besides.")]
    public ClassAnswer? External { get; init; }

    public ClassAnswer? Red { get; init; }

    public ClassAnswer? CriticalRed { get; init; }

    public ClassRow Over(ClassRow row) => new(Green ?? row.Green, Yellow ?? row.Yellow, External ?? row.External, Red ?? row.Red, CriticalRed ?? row.CriticalRed);
}
