namespace SecretsFirewall.Listener.Socks;

/// <summary>The bytes of our side of the handshake.</summary>
internal static class SocksAnswers
{
    public static ReadOnlyMemory<byte> UseNone { get; } = new byte[] { 5, 0 };

    public static ReadOnlyMemory<byte> UsePassword { get; } = new byte[] { 5, 2 };

    public static ReadOnlyMemory<byte> NoMethod { get; } = new byte[] { 5, 0xff };

    public static ReadOnlyMemory<byte> Authenticated { get; } = new byte[] { 1, 0 };

    public static ReadOnlyMemory<byte> NotAuthenticated { get; } = new byte[] { 1, 1 };

    public static ReadOnlyMemory<byte> Established { get; } = Of(SocksReply.Succeeded);

    /// <summary>The bound address is none of the client's business: zeros.</summary>
    public static byte[] Of(SocksReply reply) => [5, (byte)reply, 0, 1, 0, 0, 0, 0, 0, 0];
}
