namespace SecretsFirewall.Audit;

/// <summary>What a check of the chain takes for true.</summary>
internal sealed record ChainTrust
{
    /// <summary>Whose checkpoints count. Any one key of a log is enough: those before it lie under its checkpoints, and each vouches for the next. Empty: the chain alone is checked.</summary>
    public IReadOnlyList<CheckpointKey> Keys { get; init; } = [];

    /// <summary>Hashes that are known from elsewhere, by the record's number: of the store's mark, of a witness.</summary>
    public IReadOnlyDictionary<long, string> Known { get; init; } = new Dictionary<long, string>();

    /// <summary>Do not ask where the records before the first one are.</summary>
    public bool MayBeginLate { get; init; }
}

/// <summary>A part of a chain, wherever it is kept.</summary>
/// <param name="Name">For whoever is told where a break is.</param>
internal sealed record ChainSegment(string Name, Func<Stream> Open)
{
    private const int Buffer = 1 << 20;

    public static ChainSegment Of(string path) => new(Path.GetFileName(path), () => new FileStream(
        path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = Buffer, Options = FileOptions.SequentialScan }));
}
