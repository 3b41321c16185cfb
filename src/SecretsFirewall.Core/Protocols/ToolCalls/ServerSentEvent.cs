using System.Buffers;
using System.Text;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>One event of an event stream (WHATWG HTML, section 9.2.6).</summary>
internal sealed class ServerSentEvent : StreamEvent
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    // What every reader finds in one line, however it cuts lines, and whatever it decodes by.
    private static readonly SearchValues<byte> PlainBytes = SearchValues.Create([(byte)'\t', (byte)'\n', .. Enumerable.Range(' ', '~' - ' ' + 1).Select(static one => (byte)one)]);

    private readonly TrafficBytes _joined = new();
    private int _dataStart;
    private int _dataCount;

    private ServerSentEvent(TrafficBytes raw)
        : base(raw)
    {
    }

    /// <summary>
    /// A line beside its data may be several to some reader (<c>str.splitlines</c> cuts at U+2028, NEL, VT and more), and data in the others. In JSON no cut makes two texts.
    /// </summary>
    public bool HasDoubtfulLine { get; private set; }

    /// <summary>The same of its data, where that is no JSON.</summary>
    public bool HasDoubtfulData => Data.Span.IndexOfAnyExcept(PlainBytes) >= 0;

    /// <summary>A line that clients of event streams skip, in which clients of other framings may find an object.</summary>
    public bool HasHiddenObject { get; private set; }

    /// <summary>All of it, as it came.</summary>
    public ReadOnlySpan<byte> Text => Raw.Span;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="raw">Belongs to the event from now on.</param>
    /// <param name="isFirst">Only the first event of a stream may have a byte order mark before it.</param>
    /// <returns>Null where two readers would not find the same fields in it; <paramref name="raw"/> was disposed of then.</returns>
    public static ServerSentEvent? Read(TrafficBytes raw, bool isFirst)
    {
        var one = new ServerSentEvent(raw);
        if (one.ReadLines(isFirst))
        {
            return one;
        }

        one.Dispose();
        return null;
    }

    public override void Dispose()
    {
        base.Dispose();
        _joined.Dispose();
    }

    protected override void WriteOwn(in OwnEvent own, IBufferWriter<byte> output)
    {
        if (own.Name is { } name)
        {
            output.Write("event: "u8);
            output.Write(Encoding.UTF8.GetBytes(name));
            output.Write("\n"u8);
        }

        output.Write("data: "u8);
        output.Write(own.Json);
        output.Write("\n\n"u8);
    }

    protected override void WriteEdited(IBufferWriter<byte> output)
    {
        if (_dataCount > 1)
        {
            WriteJoined(output);
            return;
        }

        var raw = Raw.Span;
        output.Write(raw[.._dataStart]);
        Edits.Apply(Data.Span, output);
        output.Write(raw[(_dataStart + Data.Length)..]);
    }

    private bool ReadLines(bool isFirst)
    {
        var raw = Raw.Span;
        var names = 0;
        for (var at = isFirst && raw.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0; at < raw.Length;)
        {
            var length = raw[at..].IndexOfAny((byte)'\r', (byte)'\n');
            var end = length < 0 ? raw.Length : at + length;
            var line = raw[at..end];
            var colon = line.IndexOf((byte)':');
            var field = colon < 0 ? line : line[..colon];
            var start = colon < 0 ? end : at + colon + 1;
            start += start < end && raw[start] == ' ' ? 1 : 0;
            if (field.SequenceEqual("data"u8))
            {
                TakeData(start, end);
            }
            else if (field.SequenceEqual("event"u8))
            {
                names++;
                Name = start < end ? Encoding.UTF8.GetString(raw[start..end]) : null;
            }
            else if (IsNearly(field))
            {
                return false;
            }
            else if (line.IsEmpty || line[0] == ':' || field.SequenceEqual("id"u8) || field.SequenceEqual("retry"u8))
            {
                HasDoubtfulLine |= line.IndexOfAnyExcept(PlainBytes) >= 0;
            }
            else
            {
                HasUnknownField = true;
                HasHiddenObject |= line.Contains((byte)'{');
            }

            at = end + 1;
        }

        if (_dataCount > 1)
        {
            Data = _joined.Written[..^1];
        }

        return names <= 1 && (Name is null || Name.AsSpan().IndexOfAnyExcept(NameCharacters) < 0);
    }

    // What a lenient reader would trim, or take in other capitals.
    private static bool IsNearly(ReadOnlySpan<byte> field)
    {
        var trimmed = field.Trim(" \t\0"u8);
        return Ascii.EqualsIgnoreCase(trimmed, "data"u8) || Ascii.EqualsIgnoreCase(trimmed, "event"u8);
    }

    private void TakeData(int start, int end)
    {
        var line = Raw[start..end];
        if (_dataCount++ == 0)
        {
            (_dataStart, Data) = (start, line);
            return;
        }

        if (_dataCount == 2)
        {
            _joined.Append(Data.Span);
            _joined.Append("\n"u8);
        }

        _joined.Append(line.Span);
        _joined.Append("\n"u8);
    }

    // JSON has line feeds only where any blank may stand, so that its lines may become one.
    private void WriteJoined(IBufferWriter<byte> output)
    {
        using var changed = new TrafficBytes();
        Edits.Apply(Data.Span, changed);
        var line = changed.Written.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        WriteOwn(new OwnEvent(Name, line), output);
        line.AsSpan().Clear();
    }
}
