using System.Buffers;
using System.Buffers.Binary;
using SecretsFirewall.Inspection.WebSockets;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

/// <summary>Frames written by other code than the product's, so that a mistake in it does not cancel itself out.</summary>
internal static class TestFrames
{
    public static readonly WebSocketLimits Limits = new(4 * 1024 * 1024, 1_100);

    /// <param name="key">Null for a frame that is not masked.</param>
    public static byte[] Frame(int opcode, byte[] payload, bool isFinal = true, bool isCompressed = false, uint? key = null)
    {
        var frame = new List<byte> { (byte)((isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode) };
        var mask = key is null ? 0 : 0x80;
        var length = new byte[8];
        if (payload.Length < 126)
        {
            frame.Add((byte)(mask | payload.Length));
        }
        else if (payload.Length < 65536)
        {
            frame.Add((byte)(mask | 126));
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
            frame.AddRange(length[..2]);
        }
        else
        {
            frame.Add((byte)(mask | 127));
            BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
            frame.AddRange(length);
        }

        if (key is not { } masked)
        {
            return [.. frame, .. payload];
        }

        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, masked);
        return [.. frame, .. bytes, .. payload.Select((b, i) => (byte)(b ^ bytes[i % 4]))];
    }

    /// <summary>A message in <paramref name="parts"/> frames.</summary>
    public static byte[] Fragmented(int opcode, byte[] payload, int parts, uint? key = null) => [.. Enumerable.Range(0, parts).SelectMany(i =>
        Frame(i == 0 ? opcode : 0, payload[(payload.Length * i / parts)..(payload.Length * (i + 1) / parts)], i == parts - 1, key: key + (uint)i))];

    public static byte[] Transform(this WebSocketTransformer transformer, byte[] bytes, params IEnumerable<int> cuts)
    {
        var output = new ArrayBufferWriter<byte>();
        var from = 0;
        foreach (var cut in cuts.Append(bytes.Length))
        {
            transformer.Write(bytes.AsSpan(from, cut - from), output);
            from = cut;
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Any number of places at which a text of this length may be cut.</summary>
    public static int[] RandomCuts(Random random, int length) => [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(length + 1)).Order()];
}
