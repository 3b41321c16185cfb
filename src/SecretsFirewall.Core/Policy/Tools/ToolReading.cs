using SecretsFirewall.Commands;

namespace SecretsFirewall.Policy.Tools;

/// <summary>What is known of one call beside its words.</summary>
/// <param name="Canonical">Null for a tool that nobody listed.</param>
/// <param name="Command">What its command can do; null where the tool runs none.</param>
/// <param name="IsCarrier">Its argument is a program: what that calls, nobody sees.</param>
/// <param name="Class">What the call can do; null where nobody knows.</param>
internal sealed record ToolReading(string? Canonical, CommandVerdict? Command, bool IsCarrier, CommandClass? Class, bool IsExternal)
{
    public static ToolReading Unknown { get; } = new(null, null, false, null, false);
}
