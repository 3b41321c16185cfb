namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>What the system or the operator leaves a process.</summary>
/// <param name="Files">Files that it may open, soft and hard; null for the machine's own limit.</param>
/// <param name="HeapBytes">Managed memory; null for the machine's own limit.</param>
internal sealed record ProcessLimits(int? Files = null, long? HeapBytes = null)
{
    /// <summary>The runtime reads its limit as a hexadecimal number.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } =
        HeapBytes is { } bytes ? new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = bytes.ToString("x") } : [];
}
