using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace SecretsFirewall.Audit;

/// <summary>
/// One line as the check of a chain sees it: the members at its top that matter, and whether its hash is right. It allocates nothing for a
/// line of ASCII. The line must be spelt as the log spells it: what could be written in two ways would be a change that no hash shows.
/// </summary>
internal sealed class ChainLine
{
    private const int HashLength = SHA256.HashSizeInBytes * 2;
    private const int MostDepth = 16;

    private static readonly SearchValues<byte> Visible = SearchValues.Create([.. Enumerable.Range(0x20, 0x5f).Select(static b => (byte)b)]);

    private readonly ArrayBufferWriter<byte> _canonical = new(4096);
    private readonly ArrayBufferWriter<byte> _spelt = new(64);
    private readonly byte[] _hash = new byte[HashLength];

    public ReadOnlyMemory<byte> Line { get; private set; }

    public long Sequence { get; private set; }

    public ReadOnlyMemory<byte> Previous { get; private set; }

    public ReadOnlyMemory<byte> Hash { get; private set; }

    public ReadOnlyMemory<byte> Type { get; private set; }

    public ReadOnlyMemory<byte> Session { get; private set; }

    public ReadOnlyMemory<byte> Agent { get; private set; }

    public ReadOnlyMemory<byte> Outcome { get; private set; }

    public ReadOnlyMemory<byte> Verdict { get; private set; }

    public ReadOnlyMemory<byte> Trust { get; private set; }

    public ReadOnlyMemory<byte> Timestamp { get; private set; }

    /// <summary>It passed since somebody had set a rule aside.</summary>
    public bool IsOverridden { get; private set; }

    /// <summary>A tool call in it was withheld.</summary>
    public bool HasWithheldCall { get; private set; }

    public AuditBreakReason Read(ReadOnlyMemory<byte> line)
    {
        Line = line;
        Sequence = 0;
        Previous = Hash = Type = Session = Agent = Outcome = Verdict = Trust = Timestamp = default;
        IsOverridden = HasWithheldCall = false;
        var hashAt = Range.All;
        try
        {
            if (line.Span.IndexOfAnyExcept(Visible) >= 0 || !TryReadMembers(line, out hashAt))
            {
                return AuditBreakReason.NotARecord;
            }
        }
        catch (JsonException)
        {
            return AuditBreakReason.NotARecord;
        }

        _canonical.ResetWrittenCount();
        _canonical.Write(line.Span[..hashAt.Start]);
        _canonical.Write(line.Span[hashAt.End..]);
        if (_canonical.WrittenSpan.IndexOf("\\u"u8) >= 0 && !TryUnescape())
        {
            return AuditBreakReason.Edited;
        }

        HashOf(_canonical.WrittenSpan, _hash);
        return Hash.Span.SequenceEqual(_hash) ? AuditBreakReason.None : AuditBreakReason.Edited;
    }

    private static void HashOf(ReadOnlySpan<byte> text, Span<byte> hex)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        for (var i = 0; i < hash.Length; i++)
        {
            hex[2 * i] = "0123456789abcdef"u8[hash[i] >> 4];
            hex[(2 * i) + 1] = "0123456789abcdef"u8[hash[i] & 15];
        }
    }

    // The hash's member with the comma before it: what stands around it is what was hashed.
    private bool TryReadMembers(ReadOnlyMemory<byte> line, out Range hashAt)
    {
        hashAt = default;
        var reader = new Utf8JsonReader(line.Span, new JsonReaderOptions { MaxDepth = MostDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameAt = (int)reader.TokenStartIndex;
            var name = reader.ValueSpan;
            if (name.SequenceEqual("hash"u8) && !Hash.IsEmpty)
            {
                return false;
            }

            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                Keep(name, line.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length));
                hashAt = name.SequenceEqual("hash"u8) ? (nameAt - 1)..(int)reader.BytesConsumed : hashAt;
            }
            else if (reader.TokenType == JsonTokenType.Number && name.SequenceEqual("seq"u8))
            {
                Sequence = Utf8Parser.TryParse(reader.ValueSpan, out long number, out var used) && used == reader.ValueSpan.Length ? number : 0;
            }
            else if (reader.TokenType == JsonTokenType.StartObject && name.SequenceEqual("approval"u8))
            {
                IsOverridden = AnyInside(ref reader, "trust"u8, static value => value.SequenceEqual("overridden"u8));
            }
            else if (reader.TokenType == JsonTokenType.StartArray && name.SequenceEqual("tools"u8))
            {
                HasWithheldCall = AnyInside(ref reader, "outcome"u8, static value => !value.SequenceEqual("allow"u8));
            }
            else
            {
                reader.Skip();
            }
        }

        return !reader.Read() && Sequence > 0 && Hash.Length == HashLength && Previous.Length == HashLength && hashAt.Start.Value > 0 && line.Span[hashAt.Start.Value] == ',';
    }

    // Reads to the end of the object or array that begins here.
    private static bool AnyInside(ref Utf8JsonReader reader, ReadOnlySpan<byte> member, SpanTest test)
    {
        var any = false;
        for (var depth = reader.CurrentDepth; reader.Read() && reader.CurrentDepth > depth;)
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals(member))
            {
                any |= reader.Read() && reader.TokenType == JsonTokenType.String && test(reader.ValueSpan);
            }
        }

        return any;
    }

    private delegate bool SpanTest(ReadOnlySpan<byte> value);

    private void Keep(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> value)
    {
        switch (name.Length)
        {
            case 2 when name.SequenceEqual("ts"u8):
                Timestamp = value;
                break;
            case 4 when name.SequenceEqual("hash"u8):
                Hash = value;
                break;
            case 4 when name.SequenceEqual("prev"u8):
                Previous = value;
                break;
            case 4 when name.SequenceEqual("type"u8):
                Type = value;
                break;
            case 5 when name.SequenceEqual("agent"u8):
                Agent = value;
                break;
            case 5 when name.SequenceEqual("trust"u8):
                Trust = value;
                break;
            case 7 when name.SequenceEqual("session"u8):
                Session = value;
                break;
            case 7 when name.SequenceEqual("outcome"u8):
                Outcome = value;
                break;
            case 7 when name.SequenceEqual("verdict"u8):
                Verdict = value;
                break;
            default:
                break;
        }
    }

    /// <summary>Turns escapes back that only the line has; false if the line would not be written so.</summary>
    private bool TryUnescape()
    {
        var escaped = _canonical.WrittenSpan.ToArray();
        if (Unescaped(escaped) is not { } canonical)
        {
            return false;
        }

        _spelt.ResetWrittenCount();
        AsciiJson.Append(_spelt, canonical);
        _canonical.ResetWrittenCount();
        _canonical.Write(canonical);
        return _spelt.WrittenSpan.SequenceEqual(escaped);
    }

    private static byte[]? Unescaped(ReadOnlySpan<byte> text)
    {
        var units = new char[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                if (text[i + 1] == 'u' && i + 6 <= text.Length && Utf8Parser.TryParse(text.Slice(i + 2, 4), out ushort unit, out var used, 'x') && used == 4 && unit >= 0x7f)
                {
                    units[length++] = (char)unit;
                    i += 5;
                    continue;
                }

                units[length++] = '\\';
                i++;
            }

            units[length++] = (char)text[i];
        }

        try
        {
            return new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(units, 0, length);
        }
        catch (System.Text.EncoderFallbackException)
        {
            return null; // half a surrogate pair: the log writes none
        }
    }
}
