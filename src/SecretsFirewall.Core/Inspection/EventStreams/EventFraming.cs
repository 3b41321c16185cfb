namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>
/// Where events end in an event stream (WHATWG HTML, section 9.2.6): at a blank line, lines ending in CRLF, LF or CR. Two liberties, so that nothing
/// waits that means nothing: a comment before the first field of an event is an event of its own, and so is the LF of a CRLF whose CR ended one.
/// Where the stream is cut into chunks makes no difference.
/// </summary>
internal struct EventFraming
{
    private bool _hasFields;
    private bool _inLine;
    private bool _inComment;
    private bool _afterCarriageReturn;

    /// <summary>How many of <paramref name="bytes"/> belong to the current event; all of them if it does not end in them.</summary>
    public int Take(ReadOnlySpan<byte> bytes, out bool isEnd)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                if (bytes[at] == '\n')
                {
                    at++;
                    if (!_hasFields)
                    {
                        isEnd = true;
                        return at;
                    }

                    continue;
                }
            }

            if (EndsEvent(bytes, ref at))
            {
                _hasFields = false;
                isEnd = true;
                return at;
            }
        }

        isEnd = false;
        return at;
    }

    /// <summary>Reads to the end of the line, or as far as there are bytes.</summary>
    private bool EndsEvent(ReadOnlySpan<byte> bytes, ref int at)
    {
        _inComment = _inLine ? _inComment : bytes[at] == ':';
        var length = bytes[at..].IndexOfAny((byte)'\r', (byte)'\n');
        if (length < 0)
        {
            _inLine = true;
            at = bytes.Length;
            return false;
        }

        var isBlank = !_inLine && length == 0;
        at += length + 1;
        _inLine = false;
        _afterCarriageReturn = bytes[at - 1] == '\r';
        if (isBlank || (_inComment && !_hasFields))
        {
            return true;
        }

        _hasFields = true;
        return false;
    }
}
