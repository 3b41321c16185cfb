using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Fragments;

/// <summary>One string value of a JSON text, as it is written.</summary>
/// <param name="Start">Behind the opening quote.</param>
/// <param name="Key">A hash of the nearest member's name before it: its own, or that of the array around it.</param>
internal readonly record struct JsonString(int Start, int Length, bool IsEscaped, ulong Key);

/// <summary>
/// Goes through the string values of a JSON text by its quotes alone, labels aside: a parser would take longer than the whole search. What is not JSON
/// gives strings that are none, which does no harm here.
/// </summary>
internal ref struct JsonStrings(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private int _at;
    private ulong _key;
    private bool _isLabel;

    public JsonString Current { get; private set; }

    /// <summary>False at the end of the text.</summary>
    public bool MoveNext()
    {
        while (_at < _json.Length && _json[_at..].IndexOf((byte)'"') is var quote and >= 0)
        {
            var start = _at + quote + 1;
            var length = JsonStringEnd.IndexIn(_json[start..], out var isEscaped, out _);
            if (length < 0)
            {
                return false;
            }

            _at = start + length + 1;
            var after = _json[_at..].IndexOfAnyExcept(" \t\r\n"u8);
            if (after >= 0 && _json[_at + after] == ':')
            {
                var name = _json.Slice(start, length);
                _key = PieceNames.Hash(name);
                _isLabel = PieceNames.IsLabel(name);
            }
            else if (!_isLabel)
            {
                Current = new JsonString(start, length, isEscaped, _key);
                return true;
            }
        }

        return false;
    }
}
