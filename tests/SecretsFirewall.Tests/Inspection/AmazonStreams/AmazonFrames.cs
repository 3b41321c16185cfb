using System.Buffers.Binary;
using System.Text;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.AmazonStreams;

/// <summary>Frames written and read by hand, with a CRC that is computed bit by bit: what the product does with a table must agree.</summary>
internal static class AmazonFrames
{
    public static byte[] Header(string name, string value) =>
        [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), 7, (byte)(value.Length >> 8), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    public static byte[] Frame(byte[] headers, byte[] payload)
    {
        var frame = new byte[16 + headers.Length + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Crc(frame.AsSpan(0, 8)));
        headers.CopyTo(frame, 12);
        payload.CopyTo(frame, 12 + headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Crc(frame.AsSpan(0, frame.Length - 4)));
        return frame;
    }

    public static byte[] Event(string type, string payload) => Frame(
        [.. Header(":event-type", type), .. Header(":content-type", "application/json"), .. Header(":message-type", "event")], Bytes(payload));

    /// <summary>One delta of Converse.</summary>
    public static byte[] Delta(string text, int index = 0) =>
        Event("contentBlockDelta", $$$"""{"contentBlockIndex":{{{index}}},"delta":{"text":"{{{text}}}"},"p":"abcdefgh"}""");

    public static byte[] Stop(int index = 0) => Event("contentBlockStop", $$"""{"contentBlockIndex":{{index}},"p":"abc"}""");

    /// <summary>One event of the provider's own in base64, as <c>invoke-with-response-stream</c> has it.</summary>
    public static byte[] Chunk(string json) => Event("chunk", $$"""{"bytes":"{{Convert.ToBase64String(Bytes(json))}}","p":"abcdef"}""");

    public static string ClaudeDelta(string text) => $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{text}}}"}}""";

    /// <summary>The payloads of whole frames, checked.</summary>
    public static List<string> Payloads(ReadOnlySpan<byte> stream)
    {
        var payloads = new List<string>();
        while (!stream.IsEmpty)
        {
            var total = BinaryPrimitives.ReadInt32BigEndian(stream);
            var headers = BinaryPrimitives.ReadInt32BigEndian(stream[4..]);
            Assert.Equal(Crc(stream[..8]), BinaryPrimitives.ReadUInt32BigEndian(stream[8..]));
            Assert.Equal(Crc(stream[..(total - 4)]), BinaryPrimitives.ReadUInt32BigEndian(stream[(total - 4)..]));
            payloads.Add(Encoding.UTF8.GetString(stream[(12 + headers)..(total - 4)]));
            stream = stream[total..];
        }

        return payloads;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
