using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>The head of a frame (RFC 6455 section 5.2).</summary>
/// <param name="IsCompressed">The first reserved bit, as permessage-deflate uses it (RFC 7692 section 6).</param>
/// <param name="Length">Of the head itself, masking key included.</param>
internal readonly record struct FrameHeader(bool IsFinal, bool IsCompressed, WebSocketOpcode Opcode, bool IsMasked, long PayloadLength, int Length)
{
    public const int MaxLength = 14;

    /// <summary>What the first two bytes already say.</summary>
    public const int StartLength = 2;

    public const int KeyLength = 4;

    private const int MaxControlPayload = 125;

    private const byte Final = 0x80;
    private const byte Compressed = 0x40;
    private const byte Reserved = 0x30;
    private const byte Masked = 0x80;

    public bool IsControl => IsControlOpcode((int)Opcode);

    /// <summary>How long the head is, by its first two bytes.</summary>
    public static int LengthOf(ReadOnlySpan<byte> start) =>
        StartLength + ((start[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 }) + ((start[1] & Masked) != 0 ? KeyLength : 0);

    /// <summary>What is wrong with a frame that begins so, whatever follows.</summary>
    /// <param name="deflates">True where permessage-deflate was agreed.</param>
    public static WebSocketFault CheckStart(ReadOnlySpan<byte> start, WebSocketDirection direction, bool deflates)
    {
        var opcode = start[0] & 0x0F;
        var isMasked = (start[1] & Masked) != 0;
        var length = start[1] & 0x7F;
        return (start[0] & Reserved) != 0 ? WebSocketFault.ReservedBit
            : opcode is > 2 and < 8 or > 10 ? WebSocketFault.ReservedOpcode
            : (start[0] & Compressed) != 0 && (!deflates || opcode is not ((int)WebSocketOpcode.Text or (int)WebSocketOpcode.Binary)) ? WebSocketFault.ReservedBit
            : IsControlOpcode(opcode) && length > MaxControlPayload ? WebSocketFault.LongControlFrame
            : IsControlOpcode(opcode) && (start[0] & Final) == 0 ? WebSocketFault.FragmentedControlFrame
            : direction is WebSocketDirection.ToUpstream && !isMasked ? WebSocketFault.UnmaskedClientFrame
            : direction is WebSocketDirection.ToClient && isMasked ? WebSocketFault.MaskedServerFrame
            : WebSocketFault.None;
    }

    /// <param name="bytes">The whole head, of which <see cref="CheckStart"/> found nothing wrong.</param>
    /// <returns>False if the length is written as it may not be.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        var isMasked = (bytes[1] & Masked) != 0;
        long length = bytes[1] & 0x7F;
        var isMinimal = true;
        if (length == 126)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes[StartLength..]);
            isMinimal = length > MaxControlPayload;
        }
        else if (length == 127)
        {
            length = BinaryPrimitives.ReadInt64BigEndian(bytes[StartLength..]);
            isMinimal = length > ushort.MaxValue; // and so not negative: the highest bit is clear
        }

        header = new FrameHeader(
            (bytes[0] & Final) != 0, (bytes[0] & Compressed) != 0, (WebSocketOpcode)(bytes[0] & 0x0F), isMasked, length, LengthOf(bytes));
        return isMinimal;
    }

    /// <summary>Writes one whole frame: toward an upstream under a new random key, as RFC 6455 section 5.3 wants it.</summary>
    public static void WriteFrame(WebSocketDirection direction, WebSocketOpcode opcode, bool isCompressed, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        Span<byte> head = stackalloc byte[MaxLength];
        head[0] = (byte)(Final | (isCompressed ? Compressed : 0) | (int)opcode);
        var length = StartLength;
        if (payload.Length <= MaxControlPayload)
        {
            head[1] = (byte)payload.Length;
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            head[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(head[StartLength..], (ushort)payload.Length);
            length += sizeof(ushort);
        }
        else
        {
            head[1] = 127;
            BinaryPrimitives.WriteInt64BigEndian(head[StartLength..], payload.Length);
            length += sizeof(long);
        }

        if (direction is WebSocketDirection.ToClient)
        {
            output.Write(head[..length]);
            output.Write(payload);
            return;
        }

        head[1] |= Masked;
        var key = head.Slice(length, KeyLength);
        RandomNumberGenerator.Fill(key);
        output.Write(head[..(length + KeyLength)]);
        var target = output.GetSpan(Math.Max(1, payload.Length))[..payload.Length];
        payload.CopyTo(target);
        Masking.Apply(target, key);
        output.Advance(payload.Length);
    }

    private static bool IsControlOpcode(int opcode) => opcode >= (int)WebSocketOpcode.Close;
}
