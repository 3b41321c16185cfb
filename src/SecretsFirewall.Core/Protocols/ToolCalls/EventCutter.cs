namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// Where events end in an event stream (WHATWG HTML, section 9.2.6), wherever it is cut into chunks. A comment before the first field of an event, and the LF of a
/// CRLF whose CR ended one, are events of their own: neither need wait.
/// </summary>
internal struct EventCutter
{
    private bool _hasFields;
    private bool _inLine;
    private bool _inComment;
    private bool _afterCarriageReturn;

    /// <summary>How many of <paramref name="bytes"/> belong to the current event; all of them if it does not end in them.</summary>
    public int Take(ReadOnlySpan<byte> bytes, out bool isEnd)
    {
        isEnd = false;
        var at = 0;
        while (at < bytes.Length && !isEnd)
        {
            if (_afterCarriageReturn && bytes[at] == '\n')
            {
                at++;
                isEnd = !_hasFields;
                _afterCarriageReturn = false;
                continue;
            }

            _afterCarriageReturn = false;
            _inComment = _inLine ? _inComment : bytes[at] == ':';
            var length = bytes[at..].IndexOfAny((byte)'\r', (byte)'\n');
            if (length < 0)
            {
                _inLine = true;
                return bytes.Length;
            }

            isEnd = (!_inLine && length == 0) || (_inComment && !_hasFields);
            at += length + 1;
            _inLine = false;
            _afterCarriageReturn = bytes[at - 1] == '\r';
            _hasFields = !isEnd;
        }

        return at;
    }
}
