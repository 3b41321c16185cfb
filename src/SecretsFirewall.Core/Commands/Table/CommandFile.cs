namespace SecretsFirewall.Commands.Table;

/// <summary>One file of the command table: <paramref name="Path"/> is its name for messages and for the order.</summary>
public sealed record CommandFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>Why a command table does not load. <paramref name="Line"/> counts from 1; 0 where the whole file is meant.</summary>
public sealed record CommandError(string Path, int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"{Path}:{Line}: {Message}" : $"{Path}: {Message}";
}
