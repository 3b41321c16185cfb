using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Model;

/// <summary>
/// <c>Sec-WebSocket-Key</c> and what answers it (RFC 6455 sections 4.1 and 4.2.2). Each leg has a key of its own: the client's goes no further.
/// </summary>
public static class WebSocketKeys
{
    private const int Length = 16;

    private const string Identifier = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static string Create() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length));

    public static bool IsValid(string? key)
    {
        Span<byte> bytes = stackalloc byte[Length + 2];
        return key is { Length: 24 } && Convert.TryFromBase64String(key, bytes, out var length) && length == Length;
    }

#pragma warning disable CA5350 // The protocol's own hash. It proves that the answer is to this request, and protects nothing.
    public static string AcceptFor(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Identifier)));
#pragma warning restore CA5350
}
