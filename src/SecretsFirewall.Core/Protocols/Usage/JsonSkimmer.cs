using System.Buffers;
using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.Usage;

/// <summary>
/// Goes through JSON as it comes, in chunks of any cut, and hands out the few members that somebody wants. It keeps a value that is wanted and
/// nothing else, and jumps from one mark of the grammar to the next; strings and rows of numbers cost a search for their end.
/// <code>
///   {"id":"x","usage":{"input_tokens":3},"choices":[…]}   the object's members: wanted by name
///   [{…},{…}]    {…}\n{…}                                 each element, each text: an object of its own
/// </code>
/// It is no parser: what is not JSON is skimmed as far as it looks like it, and gives what it gives. Nothing rests on it that could let anything pass.
/// </summary>
internal sealed class JsonSkimmer(IJsonMembers members) : IDisposable
{
    /// <summary>The longest value that is handed out; usage is below 1 KB.</summary>
    private const int MostValueBytes = 64 * 1024;

    private const int MostNameBytes = 128;

    /// <summary>Deeper than any body that is let pass.</summary>
    private const int MostDepth = 256;

    private static readonly SearchValues<byte> Marks = SearchValues.Create("{}[]\":"u8);
    private static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(",}] \t\r\n"u8);

    private readonly byte[] _name = new byte[MostNameBytes];
    private byte[] _value = [];
    private int _valueLength;
    private int _nameLength;
    private State _state;
    private int _depth;
    private int _base;
    private int _parent;
    private TextUse _use;
    private int _captureDepth = -1;
    private bool _captureEnds;

    private enum State
    {
        /// <summary>Between strings.</summary>
        Plain = 0,
        BehindColon,
        Name,
        NameEscape,
        Text,
        TextEscape,

        /// <summary>A number or word that is wanted.</summary>
        Scalar,

        /// <summary>Deeper than anything that is read.</summary>
        Lost,
    }

    private bool IsCapturing => _captureDepth >= 0;

    public void Write(ReadOnlySpan<byte> chunk)
    {
        var from = 0;
        var at = 0;
        while (at < chunk.Length)
        {
            var wasCapturing = IsCapturing;
            var next = Step(chunk, at);
            if (!wasCapturing && IsCapturing)
            {
                from = at;
            }

            at = next;
            if (_captureEnds)
            {
                Keep(chunk[from..at]);
                HandOut();
            }
        }

        if (IsCapturing)
        {
            Keep(chunk[from..]);
        }
    }

    /// <summary>Whatever is open is over: the next byte begins a new text.</summary>
    public void Reset()
    {
        (_state, _depth, _base, _parent, _use, _nameLength) = (State.Plain, 0, 0, 0, TextUse.None, 0);
        Forget();
    }

    public void Dispose()
    {
        Forget();
        if (_value.Length > 0)
        {
            TrafficBuffers.Return(_value);
            _value = [];
        }
    }

    /// <summary>Takes what stands at <paramref name="at"/> and says where to go on.</summary>
    private int Step(ReadOnlySpan<byte> chunk, int at)
    {
        switch (_state)
        {
            case State.Plain:
                var mark = chunk[at..].IndexOfAny(Marks);
                if (mark < 0)
                {
                    return chunk.Length;
                }

                Mark(chunk[at + mark]);
                return at + mark + 1;
            case State.BehindColon:
                return BehindColon(chunk, at);
            case State.Name:
                return InName(chunk, at);
            case State.Text:
                return InText(chunk, at);
            case State.NameEscape:
                AddToName(chunk.Slice(at, 1));
                _state = State.Name;
                return at + 1;
            case State.TextEscape:
                CountText(1);
                _state = State.Text;
                return at + 1;
            case State.Scalar:
                var end = chunk[at..].IndexOfAny(ScalarEnds);
                if (end < 0)
                {
                    return chunk.Length;
                }

                _state = State.Plain;
                _captureEnds = true;
                return at + end;
            default:
                return chunk.Length;
        }
    }

    private void Mark(byte mark)
    {
        switch (mark)
        {
            case (byte)'"':
                _nameLength = 0;
                _state = State.Name;
                break;
            case (byte)':':
                _state = State.BehindColon;
                break;
            case (byte)'{':
                Open(isArray: false);
                break;
            case (byte)'[':
                Open(isArray: true);
                break;
            default:
                Close();
                break;
        }
    }

    private void Open(bool isArray)
    {
        if (_depth == 0)
        {
            _base = isArray ? 1 : 0; // an array around everything: each element counts as a text
        }

        _depth++;
        if (_depth > MostDepth)
        {
            Forget();
            _state = State.Lost;
        }
    }

    private void Close()
    {
        _depth = Math.Max(0, _depth - 1);
        if (_depth == _captureDepth)
        {
            _captureEnds = true;
        }

        if (_depth == _base + 1)
        {
            _parent = 0;
        }

        if (_depth == _base)
        {
            members.EndText();
        }
    }

    private int BehindColon(ReadOnlySpan<byte> chunk, int at)
    {
        var blanks = chunk[at..].IndexOfAnyExcept(" \t\r\n"u8);
        if (blanks != 0)
        {
            return blanks < 0 ? chunk.Length : at + blanks;
        }

        var first = chunk[at];
        var name = Name();
        var level = _depth - _base;
        var isWantable = !IsCapturing && (level == 1 || (level == 2 && _parent != 0));
        if (isWantable && members.Wants(level == 1 ? 0 : _parent, name))
        {
            _captureDepth = _depth;
        }

        _state = State.Plain;
        if (first == '"')
        {
            _use = members.UseOf(name, level);
            _state = State.Text;
        }
        else if (first is (byte)'{' or (byte)'[')
        {
            _parent = level == 1 && first == '{' ? members.Container(name) : _parent;
            Open(first == '[');
        }
        else if (IsCapturing && _captureDepth == _depth)
        {
            _state = State.Scalar;
        }

        return at + 1;
    }

    private int InName(ReadOnlySpan<byte> chunk, int at)
    {
        var rest = chunk[at..];
        var end = rest.IndexOfAny((byte)'"', (byte)'\\');
        AddToName(end < 0 ? rest : rest[..end]);
        if (end < 0)
        {
            return chunk.Length;
        }

        _state = State.Plain;
        if (rest[end] == '\\')
        {
            AddToName("\\"u8);
            _state = State.NameEscape;
        }

        return at + end + 1;
    }

    private int InText(ReadOnlySpan<byte> chunk, int at)
    {
        var end = JsonStringEnd.IndexIn(chunk[at..], out _, out var isCut);
        CountText(end < 0 ? chunk.Length - at : end);
        if (end < 0)
        {
            _state = isCut ? State.TextEscape : State.Text;
            return chunk.Length;
        }

        _state = State.Plain;
        _captureEnds = _captureDepth == _depth;
        _use = TextUse.None;
        return at + end + 1;
    }

    private void CountText(int bytes)
    {
        if (_use is not TextUse.None)
        {
            members.Count(_use, bytes);
        }
    }

    // A name that is longer than any that is wanted keeps a length that none has.
    private void AddToName(ReadOnlySpan<byte> part)
    {
        var count = Math.Min(part.Length, MostNameBytes - _nameLength);
        part[..count].CopyTo(_name.AsSpan(_nameLength));
        _nameLength += count;
    }

    /// <summary>The name as parsers read it: an escape in it hides nothing.</summary>
    private ReadOnlySpan<byte> Name()
    {
        var raw = _name.AsSpan(0, _nameLength);
        if (!raw.Contains((byte)'\\'))
        {
            return raw;
        }

        try
        {
            byte[] quoted = [(byte)'"', .. raw, (byte)'"'];
            var reader = new Utf8JsonReader(quoted);
            reader.Read();
            var length = reader.CopyString(_name);
            _nameLength = length;
            return _name.AsSpan(0, length);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return default; // no name that a parser would read
        }
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (_valueLength < 0 || _valueLength + part.Length > MostValueBytes)
        {
            _valueLength = -1;
            return;
        }

        if (_valueLength + part.Length > _value.Length)
        {
            var grown = TrafficBuffers.Rent(Math.Max(1024, (_valueLength + part.Length) * 2));
            _value.AsSpan(0, _valueLength).CopyTo(grown);
            if (_value.Length > 0)
            {
                TrafficBuffers.Return(_value, _valueLength);
            }

            _value = grown;
        }

        part.CopyTo(_value.AsSpan(_valueLength));
        _valueLength += part.Length;
    }

    private void HandOut()
    {
        (_captureDepth, _captureEnds) = (-1, false);
        members.Take(_value.AsSpan(0, Math.Max(0, _valueLength)));
        _value.AsSpan(0, Math.Max(0, _valueLength)).Clear();
        _valueLength = 0;
    }

    private void Forget()
    {
        _value.AsSpan(0, Math.Max(0, _valueLength)).Clear();
        (_captureDepth, _captureEnds, _valueLength) = (-1, false, 0);
    }
}
