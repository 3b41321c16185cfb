using System.Collections.Immutable;

namespace SecretsFirewall.Commands.Operations;

/// <summary>What a request would do at a service that the table knows: the worst of all that fits.</summary>
/// <param name="Family">The service, such as <c>github</c>.</param>
/// <param name="Rules">The ids of the entries that fit, the worst first; <c>FAMILY.reads</c> or <c>FAMILY.writes</c> where none does.</param>
/// <param name="Reason">Of the worst of them.</param>
/// <param name="Effects">Words such as <c>delete</c>, sorted.</param>
/// <param name="NeedsBody">What it does stands in its body, and that was not given: the class is at least Red for that.</param>
public sealed record OperationVerdict(
    string Family, CommandClass Class, bool IsExternal, ImmutableArray<string> Rules, string Reason, ImmutableArray<string> Effects, bool NeedsBody);
