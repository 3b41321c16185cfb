using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>
/// The text that a view was made of, through all levels. It tells what the view alone does not:
/// <code>
///   text   {"a": "-----BEGIN …", "b\"c": 1}
///   view   {"a": "-----BEGIN …", "b"c": 1}        where does the member's name begin, and where does it end?
///                              ▲ ▲    ▲           the text says so
/// </code>
/// Of a text that is no view there is none.
/// </summary>
/// <param name="depth">Of the view.</param>
internal readonly ref struct ViewOrigin(ReadOnlySpan<byte> raw, Level[] levels, int depth)
{
    private readonly ReadOnlySpan<byte> _raw = raw;

    /// <summary>The first quote in [<paramref name="from"/>, <paramref name="to"/>) of the view that ends a string of the text; −1 if there is none, or no telling.</summary>
    public int FirstBorderIn(ReadOnlySpan<byte> view, int from, int to)
    {
        if (!IsOfEscapes())
        {
            return -1;
        }

        for (var at = from; at < to; at++)
        {
            var next = view[at..to].IndexOf((byte)'"');
            if (next < 0)
            {
                break;
            }

            at += next;
            if (JsonEscapes.IsUnescapedQuote(_raw, InRaw(at)))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>
    /// Takes out what is spelled in the text as it reads, or with escapes that any writer writes there: it is found in its forms, or nowhere. One by one,
    /// before they become ranges: nothing is found because something else stands near it.
    /// </summary>
    public void DropOrdinary(List<Detection> detections)
    {
        if (depth == 0 || levels[depth].Codec is not null)
        {
            return;
        }

        var written = 0;
        for (var i = 0; i < detections.Count; i++)
        {
            if (detections[i].Kind == FindingKind.Reference || !IsOrdinary((int)detections[i].Start, (int)detections[i].End))
            {
                detections[written++] = detections[i];
            }
        }

        detections.RemoveRange(written, detections.Count - written);
    }

    private bool IsOrdinary(int start, int end)
    {
        for (var level = depth; level > 0 && levels[level].Codec is null; level--)
        {
            var view = levels[level].View;
            if (!view.DiffersIn(start, end, out var isOrdinary))
            {
                return true;
            }

            if (!isOrdinary)
            {
                return false;
            }

            (start, end) = (view.TextStartOf(start), view.TextEndOf(end));
        }

        return levels[1].Codec is null;
    }

    private bool IsOfEscapes()
    {
        for (var level = depth; level > 0; level--)
        {
            if (!levels[level].IsOfEscapes)
            {
                return false;
            }
        }

        return depth > 0;
    }

    private int InRaw(int at)
    {
        for (var level = depth; level > 0; level--)
        {
            at = levels[level].View.TextStartOf(at);
        }

        return at;
    }
}
