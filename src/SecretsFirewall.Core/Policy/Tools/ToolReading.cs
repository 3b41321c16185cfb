using SecretsFirewall.Commands;

namespace SecretsFirewall.Policy.Tools;

/// <summary>What is known of one call beside its words.</summary>
/// <param name="Canonical">Null for a tool that nobody listed.</param>
/// <param name="Command">What its command can do; null where the tool runs none.</param>
/// <param name="IsCarrier">Its argument is a program: what that calls is seen in part at best.</param>
/// <param name="Class">What the call can do; null where nobody knows.</param>
internal sealed record ToolReading(string? Canonical, CommandVerdict? Command, bool IsCarrier, CommandClass? Class, bool IsExternal)
{
    /// <summary>The program itself; null where there is none, or it is no one text.</summary>
    public string? Source { get; init; }

    /// <summary>What it calls, as far as that can be seen.</summary>
    public SourceCalls? Calls { get; init; }

    public static ToolReading Unknown { get; } = new(null, null, false, null, false);
}
