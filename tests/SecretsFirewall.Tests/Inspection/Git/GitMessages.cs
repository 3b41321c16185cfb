using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Tests.Inspection.Git;

/// <summary>What git sends, made by hand: for what git itself would not write.</summary>
internal static class GitMessages
{
    public const string Commands =
        "0000000000000000000000000000000000000000 1111111111111111111111111111111111111111 refs/heads/main\0 report-status side-band-64k agent=git/2";

    public static byte[] Line(string text) => Line(Samples.Bytes(text));

    public static byte[] Line(byte[] payload) => [.. Encoding.ASCII.GetBytes((payload.Length + 4).ToString("x4", CultureInfo.InvariantCulture)), .. payload];

    public static byte[] Flush => "0000"u8.ToArray();

    public static byte[] Push(byte[] pack, string commands = Commands) => [.. Line(commands), .. Flush, .. pack];

    /// <summary>An answer of version 2, its pack in pieces of a side-band.</summary>
    public static byte[] FetchResult(byte[] pack, int piece = 1000, string progress = "Counting objects: 3, done.\n")
    {
        var lines = new List<byte>(Line("packfile\n"));
        lines.AddRange(Line([2, .. Samples.Bytes(progress)]));
        foreach (var part in pack.Chunk(piece))
        {
            lines.AddRange(Line([1, .. part]));
            lines.AddRange(Line([1])); // a server that computes for long says so
        }

        lines.AddRange(Flush);
        return [.. lines];
    }

    /// <summary>A pack of these entries, with its hash.</summary>
    public static byte[] Pack(params byte[][] entries) => Pack((uint)entries.Length, entries);

    public static byte[] Pack(uint count, params byte[][] entries)
    {
        var head = new byte[12];
        "PACK"u8.CopyTo(head);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(8), count);
        byte[] pack = [.. head, .. entries.SelectMany(entry => entry)];
#pragma warning disable CA5350 // As git does.
        return [.. pack, .. SHA1.HashData(pack)];
#pragma warning restore CA5350
    }

    public static byte[] Blob(byte[] content) => Entry(3, content);

    /// <param name="back">How many bytes before this entry its base begins: below 128.</param>
    public static byte[] OffsetDelta(int back, byte[] delta) => Entry(6, delta, back < 128 ? [(byte)back] : [(byte)(0x80 | ((back - 128) >> 7)), (byte)(back & 0x7F)]);

    public static byte[] ReferenceDelta(byte[] delta) => Entry(7, delta, new byte[20]);

    public static byte[] Entry(int type, byte[] content, byte[]? before = null, long? size = null) => [.. EntryHead(type, size ?? content.Length), .. before ?? [], .. Deflate(content)];

    public static byte[] EntryHead(int type, long size)
    {
        var head = new List<byte>();
        var one = (type << 4) | (int)(size & 15);
        for (size >>= 4; size > 0; size >>= 7)
        {
            head.Add((byte)(one | 0x80));
            one = (int)(size & 0x7F);
        }

        head.Add((byte)one);
        return [.. head];
    }

    public static byte[] Delta(int baseSize, int resultSize, params byte[][] instructions) =>
        [.. Size(baseSize), .. Size(resultSize), .. instructions.SelectMany(one => one)];

    public static byte[] Copy(int from, int length) => [0b1011_0011, (byte)from, (byte)(from >> 8), (byte)length, (byte)(length >> 8)];

    public static byte[] Insert(string text) => [(byte)text.Length, .. Samples.Bytes(text)];

    public static byte[] Deflate(byte[] content)
    {
        var target = new MemoryStream();
        using (var coder = new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true))
        {
            coder.Write(content);
        }

        return target.Length > 0 ? target.ToArray() : [0x78, 0x9C, 3, 0, 0, 0, 0, 1];
    }

    private static byte[] Size(int size) => size < 128 ? [(byte)size] : [(byte)(size | 0x80), .. Size(size >> 7)];
}
