using System.Text.Json.Serialization;
using SecretsFirewall.Cli.Exec.Locking;

namespace SecretsFirewall.Cli.Doctor;

/// <summary>What a command tried past the proxy, for programs.</summary>
/// <param name="ExitCode">The command's own.</param>
internal sealed record LeakReport(int ExitCode, IReadOnlyList<Leak> Leaks);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LeakReport))]
internal sealed partial class LeakJson : JsonSerializerContext;
