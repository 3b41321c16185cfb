using System.Buffers;
using System.Buffers.Binary;

namespace SecretsFirewall.Model;

/// <summary>
/// One frame of <c>application/vnd.amazon.eventstream</c> (smithy.io, "Amazon Event Stream"). All numbers are big-endian; the CRCs are CRC-32.
/// <code>
///   │ total 4 │ headers' length 4 │ CRC of these 8 │ headers │ payload │ CRC of all before it │
///   header:  │ name's length 1 │ name │ type 1 │ value: 7, a string: length 2, UTF-8 │
/// </code>
/// </summary>
internal static class AmazonFrame
{
    public const int PreludeBytes = 12;
    public const int ChecksumBytes = 4;

    /// <summary>The format's own bounds: 128 KB of headers, 16 MB of payload.</summary>
    public const int MaxHeadersBytes = 128 * 1024;
    public const int MaxBytes = PreludeBytes + MaxHeadersBytes + (16 * 1024 * 1024) + ChecksumBytes;

    private const byte TypeString = 7;

    // By type: true, false, byte, short, int, long, bytes, string, time, UUID. -1: a length of two bytes stands before it.
    private static ReadOnlySpan<sbyte> ValueBytes => [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];

    /// <summary>False if the bytes begin no frame. <paramref name="total"/> is 0 as long as the prelude is not whole.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> bytes, out int total, out int headers)
    {
        (total, headers) = (0, 0);
        if (bytes.Length < PreludeBytes)
        {
            return true;
        }

        var (all, head) = (BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
        if (Crc32Table.Of(bytes[..8]) != BinaryPrimitives.ReadUInt32BigEndian(bytes[8..])
            || all > MaxBytes || head > MaxHeadersBytes || all < PreludeBytes + head + ChecksumBytes)
        {
            return false;
        }

        (total, headers) = ((int)all, (int)head);
        return true;
    }

    /// <summary>True if the frame's last four bytes are the checksum of what stands before them.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> frame) =>
        Crc32Table.Of(frame[..^ChecksumBytes]) == BinaryPrimitives.ReadUInt32BigEndian(frame[^ChecksumBytes..]);

    /// <summary>Gives the string header of that name, or nothing. False if the headers are not what headers are, or have the name twice.</summary>
    public static bool TryFindString(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> found)
    {
        found = default;
        var isThere = false;
        while (!headers.IsEmpty)
        {
            var nameLength = headers[0];
            if (nameLength == 0 || headers.Length < nameLength + 2 || headers[nameLength + 1] >= ValueBytes.Length)
            {
                return false;
            }

            var current = headers.Slice(1, nameLength);
            var type = headers[nameLength + 1];
            headers = headers[(nameLength + 2)..];
            int length = ValueBytes[type];
            if (length < 0)
            {
                if (headers.Length < 2)
                {
                    return false;
                }

                length = BinaryPrimitives.ReadUInt16BigEndian(headers);
                headers = headers[2..];
            }

            if (headers.Length < length)
            {
                return false;
            }

            if (current.SequenceEqual(name))
            {
                if (isThere)
                {
                    return false; // some clients take the first, others the last, others give up
                }

                isThere = true;
                found = type == TypeString ? headers[..length] : default;
            }

            headers = headers[length..];
        }

        return true;
    }

    /// <summary>A header whose value is a string, to go on with others.</summary>
    public static byte[] StringHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        [(byte)name.Length, .. name, TypeString, (byte)(value.Length >> 8), (byte)value.Length, .. value];

    public static void Write(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        var total = PreludeBytes + headers.Length + payload.Length + ChecksumBytes;
        var frame = output.GetSpan(total)[..total];
        BinaryPrimitives.WriteInt32BigEndian(frame, total);
        BinaryPrimitives.WriteInt32BigEndian(frame[4..], headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame[8..], Crc32Table.Of(frame[..8]));
        headers.CopyTo(frame[PreludeBytes..]);
        payload.CopyTo(frame[(PreludeBytes + headers.Length)..]);
        BinaryPrimitives.WriteUInt32BigEndian(frame[^ChecksumBytes..], Crc32Table.Of(frame[..^ChecksumBytes]));
        output.Advance(total);
    }
}
