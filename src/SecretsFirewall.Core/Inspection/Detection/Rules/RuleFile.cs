namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>One file of a rule set: <paramref name="Path"/> is its name for messages and for the order.</summary>
public sealed record RuleFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>Why a rule set does not load. <paramref name="Line"/> counts from 1; 0 where the whole file or set is meant.</summary>
public sealed record RuleError(string Path, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{Path}:{Line}: {Message}" : $"{Path}: {Message}";
}
