using System.Text;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>A way in which agents' traffic carries a text: what stands before and behind it, and how deep it is escaped.</summary>
internal sealed record Rendering(string Name, string Before, string Behind, int Depth)
{
    /// <summary>The six renderings in which published rules were measured to fail.</summary>
    public static IReadOnlyList<Rendering> All { get; } =
    [
        new("a line of plain text", "first line\n", "\nlast line", 0),
        new("JSON behind a line end", "{\"content\":\"first line\\n", "\\nlast line\"}", 1),
        new("JSON behind a tab", "{\"content\":\"1\\t", "\\tx\"}", 1),
        new("JSON in quotes", "{\"content\":\"say \\\"", "\\\" now\"}", 1),
        new("JSON in JSON in quotes", "{\"arguments\":\"{\\\"content\\\":\\\"say \\\\\\\"", "\\\\\\\" now\\\"}\"}", 2),
        new("JSON in JSON behind a line end", "{\"arguments\":\"{\\\"content\\\":\\\"first line\\\\n", "\\\\nlast line\\\"}\"}", 2),
    ];

    /// <returns>The text, and where <paramref name="secret"/> stands in it.</returns>
    public (byte[] Text, int Start, int Length) Of(ReadOnlySpan<byte> before, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> behind)
    {
        var head = Before + Escape(before);
        var middle = Escape(secret);
        return (Encoding.Latin1.GetBytes(head + middle + Escape(behind) + Behind), head.Length, middle.Length);
    }

    private string Escape(ReadOnlySpan<byte> text)
    {
        var escaped = Encoding.Latin1.GetString(text);
        for (var i = 0; i < Depth; i++)
        {
            escaped = escaped.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\t", "\\t");
        }

        return escaped;
    }
}
