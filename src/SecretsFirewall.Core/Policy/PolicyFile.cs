namespace SecretsFirewall.Policy;

/// <summary>One file of a policy: <paramref name="Path"/> is its name for messages, for the order and for the hash.</summary>
public sealed record PolicyFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>Why a policy does not load. <paramref name="Line"/> counts from 1; 0 where the whole file or folder is meant.</summary>
public sealed record PolicyError(string Path, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{Path}:{Line}: {Message}" : $"{Path}: {Message}";
}
