using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.Vault;

/// <summary>One assignment. The value is an array of its own that <see cref="DotEnvFile.Dispose"/> clears.</summary>
internal sealed record DotEnvEntry(string Key, byte[] Value, int Line)
{
    public override string ToString() => $"line {Line}: {Key}";
}

/// <summary>What is wrong with a line, never what it says.</summary>
internal enum DotEnvDefect
{
    None = 0,
    NoAssignment,
    KeyInvalid,
    DuplicateKey,
    UnterminatedQuote,
    TextAfterQuote,
}

internal readonly record struct DotEnvError(int Line, DotEnvDefect Defect)
{
    public string Sentence => Defect switch
    {
        DotEnvDefect.NoAssignment => "no KEY=VALUE",
        DotEnvDefect.KeyInvalid => "the key is not 1 to 64 of A-Z a-z 0-9 _ . -, beginning with a letter or _",
        DotEnvDefect.DuplicateKey => "the key was assigned before",
        DotEnvDefect.UnterminatedQuote => "the quote is never closed; nothing after it was read",
        DotEnvDefect.TextAfterQuote => "text after the closing quote",
        _ => throw new InvalidOperationException("An error has a defect."),
    };
}

/// <summary>
/// Reads a <c>.env</c> file: <c>KEY=VALUE</c> with an optional <c>export</c>; comments on their own line, or behind a blank; single quotes
/// literally and on one line; double quotes over several lines with <c>\n \r \t \" \\ \$</c>. Nothing is expanded or executed. Pure.
/// </summary>
internal sealed class DotEnvFile : IDisposable
{
    private DotEnvFile(IReadOnlyList<DotEnvEntry> entries, IReadOnlyList<DotEnvError> errors)
    {
        Entries = entries;
        Errors = errors;
    }

    public IReadOnlyList<DotEnvEntry> Entries { get; }

    public IReadOnlyList<DotEnvError> Errors { get; }

    public static DotEnvFile Parse(ReadOnlySpan<byte> utf8)
    {
        var entries = new List<DotEnvEntry>();
        var errors = new List<DotEnvError>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var value = new byte[utf8.Length];
        var reader = new Reader(utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8);
        while (reader.TryNextAssignment())
        {
            var line = reader.Line;
            var defect = reader.ReadAssignment(value, out var key, out var length);
            if (defect == DotEnvDefect.None && !keys.Add(key))
            {
                defect = DotEnvDefect.DuplicateKey;
            }

            if (defect == DotEnvDefect.None)
            {
                entries.Add(new DotEnvEntry(key, value[..length], line));
            }
            else
            {
                errors.Add(new DotEnvError(line, defect));
            }
        }

        CryptographicOperations.ZeroMemory(value);
        return new DotEnvFile(entries, errors);
    }

    public void Dispose()
    {
        foreach (var entry in Entries)
        {
            CryptographicOperations.ZeroMemory(entry.Value);
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> text)
    {
        private const int MaxKeyLength = 64;

        private ReadOnlySpan<byte> _rest = text;

        public int Line { get; private set; } = 1;

        /// <summary>Moves to the first character of the next line that is neither blank nor a comment.</summary>
        public bool TryNextAssignment()
        {
            while (!_rest.IsEmpty)
            {
                var start = _rest.TrimStart(" \t\r"u8);
                if (!start.IsEmpty && start[0] is not ((byte)'\n' or (byte)'#'))
                {
                    _rest = start;
                    return true;
                }

                SkipLine();
            }

            return false;
        }

        /// <summary>Reads one assignment and moves behind it, whatever the answer.</summary>
        public DotEnvDefect ReadAssignment(Span<byte> value, out string key, out int length)
        {
            key = "";
            length = 0;
            var equals = CurrentLine().IndexOf((byte)'=');
            if (equals < 0)
            {
                SkipLine();
                return DotEnvDefect.NoAssignment;
            }

            var name = WithoutExport(_rest[..equals].TrimEnd(" \t"u8));
            if (!IsKey(name))
            {
                SkipLine();
                return DotEnvDefect.KeyInvalid;
            }

            key = Encoding.ASCII.GetString(name);
            _rest = _rest[(equals + 1)..].TrimStart(" \t"u8);
            return (_rest.IsEmpty ? 0 : _rest[0]) switch
            {
                (byte)'"' => ReadDoubleQuoted(value, out length),
                (byte)'\'' => ReadSingleQuoted(value, out length),
                _ => ReadBare(value, out length),
            };
        }

        private DotEnvDefect ReadBare(Span<byte> value, out int length)
        {
            var text = CurrentLine();
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '#' && (i == 0 || text[i - 1] is (byte)' ' or (byte)'\t'))
                {
                    text = text[..i];
                }
            }

            text = text.TrimEnd(" \t\r"u8);
            text.CopyTo(value);
            length = text.Length;
            SkipLine();
            return DotEnvDefect.None;
        }

        private DotEnvDefect ReadSingleQuoted(Span<byte> value, out int length)
        {
            var text = CurrentLine()[1..];
            length = text.IndexOf((byte)'\'');
            if (length < 0)
            {
                length = 0;
                _rest = [];
                return DotEnvDefect.UnterminatedQuote;
            }

            text[..length].CopyTo(value);
            _rest = _rest[(length + 2)..];
            return EndLine();
        }

        private DotEnvDefect ReadDoubleQuoted(Span<byte> value, out int length)
        {
            length = 0;
            for (var i = 1; i < _rest.Length; i++)
            {
                var b = _rest[i];
                switch (b)
                {
                    case (byte)'"':
                        _rest = _rest[(i + 1)..];
                        return EndLine();

                    case (byte)'\\' when i + 1 < _rest.Length && Unescape(_rest[i + 1]) is var c and not 0:
                        value[length++] = c;
                        i++;
                        break;

                    case (byte)'\r' when i + 1 < _rest.Length && _rest[i + 1] == '\n':
                        break;

                    default:
                        Line += b == '\n' ? 1 : 0;
                        value[length++] = b;
                        break;
                }
            }

            _rest = [];
            return DotEnvDefect.UnterminatedQuote;
        }

        private static byte Unescape(byte escaped) => escaped switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            (byte)'"' or (byte)'\\' or (byte)'$' => escaped,
            _ => 0,
        };

        private DotEnvDefect EndLine()
        {
            var after = CurrentLine().Trim(" \t\r"u8);
            SkipLine();
            return after.IsEmpty || after[0] == '#' ? DotEnvDefect.None : DotEnvDefect.TextAfterQuote;
        }

        private readonly ReadOnlySpan<byte> CurrentLine()
        {
            var end = _rest.IndexOf((byte)'\n');
            return end < 0 ? _rest : _rest[..end];
        }

        private void SkipLine()
        {
            var end = _rest.IndexOf((byte)'\n');
            _rest = end < 0 ? [] : _rest[(end + 1)..];
            Line++;
        }

        private static ReadOnlySpan<byte> WithoutExport(ReadOnlySpan<byte> name) =>
            name.StartsWith("export "u8) || name.StartsWith("export\t"u8) ? name[7..].TrimStart(" \t"u8) : name;

        private static bool IsKey(ReadOnlySpan<byte> name)
        {
            if (name.Length is 0 or > MaxKeyLength || !(char.IsAsciiLetter((char)name[0]) || name[0] == '_'))
            {
                return false;
            }

            foreach (var b in name)
            {
                if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'_' or (byte)'.' or (byte)'-'))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
