namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>
/// Where JSON texts end that follow each other, in lines or not, or as elements of one array. What stands between them (blanks, commas, the array's
/// brackets) is an event of its own, so that a line's end does not wait for the next line. What is no JSON ends at the next character that could begin
/// some; a string ends at a line's end, which JSON has none inside. Where the stream is cut into chunks makes no difference to what is a text.
/// </summary>
internal struct JsonFraming
{
    private int _depth;
    private bool _inArray;
    private bool _inString;
    private bool _isEscaped;
    private bool _inOther;

    /// <summary>How many of <paramref name="bytes"/> belong to the current event; all of them if it does not end in them.</summary>
    public int Take(ReadOnlySpan<byte> bytes, out bool isEnd)
    {
        var at = 0;
        isEnd = false;
        while (at < bytes.Length && !isEnd)
        {
            isEnd = _inString ? InString(bytes, ref at)
                : _depth > 0 ? InText(bytes, ref at)
                : _inOther ? InOther(bytes, ref at)
                : Between(bytes, ref at);
        }

        return at;
    }

    private bool InString(ReadOnlySpan<byte> bytes, ref int at)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
            at++;
            return false;
        }

        if (!MoveTo(bytes, "\"\\\n"u8, ref at))
        {
            return false;
        }

        var b = bytes[at++];
        _isEscaped = b == '\\';
        _inString = _isEscaped;
        _depth = b == '\n' ? 0 : _depth;
        return !_inString && _depth == 0;
    }

    private bool InText(ReadOnlySpan<byte> bytes, ref int at)
    {
        if (!MoveTo(bytes, "\"{}[]"u8, ref at))
        {
            return false;
        }

        var b = bytes[at++];
        _inString = b == '"';
        _depth += b is (byte)'{' or (byte)'[' ? 1 : _inString ? 0 : -1;
        return _depth == 0;
    }

    private bool InOther(ReadOnlySpan<byte> bytes, ref int at)
    {
        _inOther = !MoveTo(bytes, " \t\r\n,[]{}\""u8, ref at);
        return !_inOther;
    }

    private bool Between(ReadOnlySpan<byte> bytes, ref int at)
    {
        var b = bytes[at++];
        switch (b)
        {
            case (byte)'"':
                _inString = true;
                return false;
            case (byte)'[' when !_inArray:
                _inArray = true;
                return true;
            case (byte)'{' or (byte)'[':
                _depth = 1;
                return false;
            case (byte)']' or (byte)'}':
                _inArray = false;
                return true;
            case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',':
                at = bytes[at..].IndexOfAnyExcept(" \t\r\n,"u8) is var blanks and >= 0 ? at + blanks : bytes.Length;
                return true;
            default:
                _inOther = true;
                return false;
        }
    }

    private static bool MoveTo(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> any, ref int at)
    {
        var distance = bytes[at..].IndexOfAny(any);
        at = distance < 0 ? bytes.Length : at + distance;
        return distance >= 0;
    }
}
