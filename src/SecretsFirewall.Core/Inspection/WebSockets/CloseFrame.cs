using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>The frame that ends one direction (RFC 6455 section 5.5.1).</summary>
public static class CloseFrame
{
    private const int MaxReason = 123;

    /// <summary>Writes one of ours.</summary>
    /// <param name="reason">ASCII, at most 123 characters; nothing that a message said.</param>
    public static void Write(WebSocketDirection direction, ushort code, string reason, IBufferWriter<byte> output)
    {
        Span<byte> payload = stackalloc byte[sizeof(ushort) + MaxReason];
        BinaryPrimitives.WriteUInt16BigEndian(payload, code);
        var length = Encoding.ASCII.GetBytes(reason.AsSpan(0, Math.Min(reason.Length, MaxReason)), payload[sizeof(ushort)..]);
        FrameHeader.WriteFrame(direction, WebSocketOpcode.Close, isCompressed: false, payload[..(sizeof(ushort) + length)], output);
    }

    internal static WebSocketFault Check(ReadOnlySpan<byte> payload) =>
        payload.IsEmpty ? WebSocketFault.None
        : payload.Length < sizeof(ushort) || !CloseCodes.MayBeSent(BinaryPrimitives.ReadUInt16BigEndian(payload)) ? WebSocketFault.MalformedClose
        : !Utf8.IsValid(payload[sizeof(ushort)..]) ? WebSocketFault.InvalidText
        : WebSocketFault.None;
}
