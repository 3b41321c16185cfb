namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>How much one message may be.</summary>
/// <param name="MessageBytes">As it is sent and as it decodes; a message is held until it is whole.</param>
/// <param name="DecodedRatio">Decoded bytes per coded byte beyond which a message is a bomb.</param>
public readonly record struct WebSocketLimits(int MessageBytes, int DecodedRatio)
{
    /// <summary>Small messages may have any ratio: 1 MB costs nothing.</summary>
    private const long FreeBytes = 1024 * 1024;

    internal int MostDecoded(int coded) => (int)Math.Min(MessageBytes, FreeBytes + ((long)coded * DecodedRatio));
}
