namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>What the system or the operator leaves a process.</summary>
/// <param name="Files">Files that it may open, soft and hard; null for the machine's own limit.</param>
/// <param name="HeapBytes">Managed memory; null for the machine's own limit.</param>
/// <param name="IsWatched">The test reads its /proc files, which the process otherwise keeps to itself.</param>
internal sealed record ProcessLimits(int? Files = null, long? HeapBytes = null, bool IsWatched = false)
{
    /// <summary>Writes beyond a limit of bytes in a file fail, as on a full disk, instead of ending the process; and root is as any other user.</summary>
    public bool IsOrdinary { get; init; }

    /// <summary>More of <c>config.json</c>, by section.</summary>
    public IReadOnlyDictionary<string, object> Configuration { get; init; } = new Dictionary<string, object>();

    /// <summary>The runtime reads its limit as a hexadecimal number.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } =
        HeapBytes is { } bytes ? new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = bytes.ToString("x") } : [];
}
