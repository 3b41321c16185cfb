using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecretsFirewall.Cli.Doctor;

/// <summary>How something is; in the order of gravity.</summary>
[JsonConverter(typeof(HealthWords))]
internal enum Health
{
    Broken = 0,
    Warning,

    /// <summary>Worth knowing; changes no exit code.</summary>
    Note,

    /// <summary>Not on this machine.</summary>
    Absent,
    Well,
}

internal sealed class HealthWords() : JsonStringEnumConverter<Health>(JsonNamingPolicy.SnakeCaseLower);

/// <param name="Detail">What was seen, and what to do where that is not well.</param>
internal sealed record DoctorFinding(string Check, Health Health, string Detail);

internal sealed record DoctorReport(Health Health, IReadOnlyList<DoctorFinding> Findings)
{
    public static DoctorReport Of(IReadOnlyList<DoctorFinding> findings) => new(
        findings.Any(f => f.Health == Health.Broken) ? Health.Broken
        : findings.Any(f => f.Health == Health.Warning) ? Health.Warning
        : Health.Well,
        findings);

    [JsonIgnore]
    public int ExitCode => Health switch
    {
        Health.Well => ExitCodes.Done,
        Health.Warning => ExitCodes.NotDone,
        _ => ExitCodes.Broken,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
