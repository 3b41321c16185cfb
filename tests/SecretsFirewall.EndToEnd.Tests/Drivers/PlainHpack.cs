using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>
/// As much of HPACK (RFC 7541) as a raw client needs: literals without index and without Huffman out, and in what a server with an empty dynamic table
/// sends. Nothing is checked, so that anything can be sent.
/// </summary>
internal static class PlainHpack
{
    private const int StatusFirst = 8;

    /// <summary>The static table's entries 8 to 14.</summary>
    private static readonly string[] Statuses = ["200", "204", "206", "304", "400", "404", "500"];

    public static byte[] Encode(IEnumerable<(string Name, string Value)> fields)
    {
        var block = new MemoryStream();
        foreach (var (name, value) in fields)
        {
            block.WriteByte(0);
            WriteText(block, name);
            WriteText(block, value);
        }

        return block.ToArray();
    }

    /// <summary>The value of <c>:status</c>, which comes first.</summary>
    public static int ReadStatus(ReadOnlySpan<byte> block)
    {
        while ((block[0] & 0xe0) == 0x20) // a change of the dynamic table's size
        {
            ReadNumber(ref block, 5);
        }

        if ((block[0] & 0x80) != 0)
        {
            return int.Parse(Statuses[ReadNumber(ref block, 7) - StatusFirst]);
        }

        var index = ReadNumber(ref block, (block[0] & 0x40) != 0 ? 6 : 4);
        Assert.InRange(index, StatusFirst, StatusFirst + Statuses.Length - 1);
        Assert.Equal(0, block[0] & 0x80); // no Huffman
        var length = ReadNumber(ref block, 7);
        return int.Parse(Encoding.ASCII.GetString(block[..length]));
    }

    private static void WriteText(MemoryStream block, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        WriteNumber(block, bytes.Length, 7);
        block.Write(bytes);
    }

    private static void WriteNumber(MemoryStream block, int number, int prefix)
    {
        var most = (1 << prefix) - 1;
        if (number < most)
        {
            block.WriteByte((byte)number);
            return;
        }

        block.WriteByte((byte)most);
        for (number -= most; number >= 128; number >>= 7)
        {
            block.WriteByte((byte)(number | 0x80));
        }

        block.WriteByte((byte)number);
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> block, int prefix)
    {
        var most = (1 << prefix) - 1;
        var number = block[0] & most;
        block = block[1..];
        if (number < most)
        {
            return number;
        }

        for (var shift = 0; ; shift += 7)
        {
            var b = block[0];
            block = block[1..];
            number += (b & 0x7f) << shift;
            if ((b & 0x80) == 0)
            {
                return number;
            }
        }
    }
}
