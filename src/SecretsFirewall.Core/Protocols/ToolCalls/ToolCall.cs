namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>A tool call as a model wrote it, put together from all of its pieces.</summary>
/// <param name="Tool">The provider's name for the tool; for calls without a name, their kind (<c>local_shell</c>, <c>apply_patch</c>, …).</param>
/// <param name="Arguments">
/// JSON in one spelling (no blanks, no needless escapes), so that a rule about <c>rm -rf</c> is not evaded by <c>\u0072m</c>; or the free text of a custom tool.
/// Null where the arguments are no JSON that has one meaning: cut off, with duplicate keys, or none at all.
/// </param>
public sealed record ToolCall(string Tool, string? Arguments);

/// <summary>What is done about a call. The zero value withholds it.</summary>
/// <param name="Text">What the model's answer says in its place; it holds nothing that the answer said.</param>
public readonly record struct ToolVerdict(bool IsAllowed, string Text);

/// <summary>Asked once for each call, in the order in which they are complete.</summary>
public delegate ToolVerdict ToolDecision(ToolCall call);
