using System.Buffers;
using System.Text;

namespace SecretsFirewall.Audit;

/// <summary>The same JSON in visible ASCII: characters beyond it, which stand only within strings, become <c>\uXXXX</c>.</summary>
internal static class AsciiJson
{
    private static readonly SearchValues<byte> Visible = SearchValues.Create([.. Enumerable.Range(0x20, 0x5f).Select(static b => (byte)b)]);

    public static void Append(IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        while (!json.IsEmpty)
        {
            var plain = json.IndexOfAnyExcept(Visible);
            if (plain < 0)
            {
                output.Write(json);
                return;
            }

            output.Write(json[..plain]);
            Rune.DecodeFromUtf8(json[plain..], out var rune, out var consumed);
            AppendEscaped(output, rune);
            json = json[(plain + consumed)..];
        }
    }

    private static void AppendEscaped(IBufferWriter<byte> output, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        foreach (var unit in units[..rune.EncodeToUtf16(units)])
        {
            var target = output.GetSpan(6);
            target[0] = (byte)'\\';
            target[1] = (byte)'u';
            ((ushort)unit).TryFormat(target[2..], out _, "x4");
            output.Advance(6);
        }
    }
}
