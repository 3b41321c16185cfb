namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>What one body's readers share: whom they ask, and whether anything stays to be run.</summary>
internal sealed class CallDecider(ToolDecision decide)
{
    /// <summary>The text that stands for the call; null where it may pass.</summary>
    public string? Withheld(string tool, string? arguments) => decide(new ToolCall(tool, arguments)) is { IsAllowed: false } verdict ? verdict.Text : null;
}
