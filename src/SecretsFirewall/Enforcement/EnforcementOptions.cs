namespace SecretsFirewall.Enforcement;

/// <summary>How much is read whole before a decision, and how much memory that may take.</summary>
internal sealed record EnforcementOptions
{
    /// <summary>A request body up to this size, decoded, is read whole before anything leaves.</summary>
    public int BufferBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>The same toward models: prompts with images and files are large.</summary>
    public int LlmBufferBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bodies of one agent held in memory at once.</summary>
    public long BufferedBytesPerAgent { get; init; } = 256L * 1024 * 1024;

    /// <summary>Decoded bytes per coded byte beyond which a body is a bomb. Deflate cannot exceed 1,032; brotli can, and only bombs do.</summary>
    public int DecodedRatio { get; init; } = 1_100;

    /// <summary>
    /// A WebSocket message up to this size, as sent and decoded, is read; a larger one ends the connection with 1009. It is held whole, and a prompt with
    /// some images comes in one message.
    /// </summary>
    public int WebSocketMessageBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>A gRPC message up to this size, as sent and decoded, is read; it is held whole. The libraries' own bound is 4 MB, which large services raise.</summary>
    public int GrpcMessageBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Objects in one pack of git's: twice as many as the largest public repositories have.</summary>
    public int GitObjects { get; init; } = 20_000_000;

    /// <summary>One object of a pack, inflated. It streams, so this bounds time and not memory; large files are no rarity in repositories.</summary>
    public long GitObjectBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>While the process holds more managed memory than this, new requests get 503. Zero: no limit.</summary>
    public long MemoryBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>A client that sends nothing of its body for this long is answered 408.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
