namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// Whether an answer that is labelled as an image, sound or film could be a message to a client that minds no labels: it begins as JSON does, or an event stands
/// in it. Chance does not write these six bytes.
/// </summary>
public sealed class MediaProbe
{
    private bool _hasBegun;
    private int _matched;

    private static ReadOnlySpan<byte> Field => "data:"u8;

    // Blanks, in any width, and byte order marks.
    private static ReadOnlySpan<byte> NoBeginning => [0, (byte)' ', (byte)'\t', (byte)'\r', (byte)'\n', 0xEF, 0xBB, 0xBF, 0xFE, 0xFF];

    /// <summary>Takes a piece. False once it could be a message.</summary>
    public bool Take(ReadOnlySpan<byte> piece)
    {
        if (!_hasBegun && piece.IndexOfAnyExcept(NoBeginning) is var first and >= 0)
        {
            _hasBegun = true;
            if (JsonBody.IsOpening(piece[first]))
            {
                return false;
            }
        }

        for (var at = 0; at < piece.Length; at++)
        {
            if (_matched == 0 && piece[at..].IndexOf(Field[0]) is var next)
            {
                if (next < 0)
                {
                    return true;
                }

                at += next;
            }

            var one = piece[at];
            if (_matched == Field.Length && (one is (byte)'{' or (byte)'['))
            {
                return false;
            }

            _matched = _matched < Field.Length && one == Field[_matched] ? _matched + 1
                : _matched == Field.Length && (one is <= (byte)' ' or > (byte)'~') ? _matched
                : one == Field[0] ? 1
                : 0;
        }

        return true;
    }
}
