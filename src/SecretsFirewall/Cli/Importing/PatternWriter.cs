using System.Globalization;
using System.Text;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Cli.Importing;

/// <summary>Writes a tree as .NET reads it, where a byte is a character: classes spelled out, so that <c>\w</c> means the same in both worlds.</summary>
internal static class PatternWriter
{
    public static string Write(PatternNode node)
    {
        var text = new StringBuilder();
        Write(node, text);
        return text.ToString();
    }

    private static void Write(PatternNode node, StringBuilder text)
    {
        switch (node)
        {
            case CharsNode chars:
                text.Append(Class(chars.Set));
                break;
            case AnchorNode anchor:
                text.Append(anchor.Text);
                break;
            case SequenceNode sequence:
                foreach (var item in sequence.Items)
                {
                    WriteItem(item, text);
                }

                break;
            case ChoiceNode choice:
                var separator = "";
                foreach (var option in choice.Options)
                {
                    text.Append(separator);
                    Write(option, text);
                    separator = "|";
                }

                break;
            case GroupNode group:
                text.Append('(');
                Write(group.Item, text);
                text.Append(')');
                break;
            case RepeatNode repeat:
                WriteRepeated(repeat.Item, text);
                text.Append(Counts(repeat)).Append(repeat.IsLazy ? "?" : "");
                break;
        }
    }

    private static void WriteItem(PatternNode item, StringBuilder text)
    {
        text.Append(item is ChoiceNode ? "(?:" : "");
        Write(item, text);
        text.Append(item is ChoiceNode ? ")" : "");
    }

    private static void WriteRepeated(PatternNode item, StringBuilder text)
    {
        var isOne = item is CharsNode or GroupNode;
        text.Append(isOne ? "" : "(?:");
        Write(item, text);
        text.Append(isOne ? "" : ")");
    }

    private static string Counts(RepeatNode repeat) => (repeat.Min, repeat.Max) switch
    {
        (0, null) => "*",
        (1, null) => "+",
        (0, 1) => "?",
        var (min, max) when min == max => string.Create(CultureInfo.InvariantCulture, $"{{{min}}}"),
        var (min, max) => string.Create(CultureInfo.InvariantCulture, $"{{{min},{max}}}"),
    };

    private static string Class(ByteSet set)
    {
        var members = set.Members;
        if (members.Length == 1)
        {
            return Character(members[0], inClass: false);
        }

        var isNegated = members.Length > 128;
        var text = new StringBuilder(isNegated ? "[^" : "[");
        var isEmpty = true;
        for (var first = 0; first < 256; first++)
        {
            if (set.Contains((byte)first) == isNegated)
            {
                continue;
            }

            var last = first;
            while (last < 255 && set.Contains((byte)(last + 1)) != isNegated)
            {
                last++;
            }

            text.Append(Character((byte)first, inClass: true));
            text.Append(last > first + 1 ? "-" : "").Append(last > first ? Character((byte)last, inClass: true) : "");
            first = last;
            isEmpty = false;
        }

        return isEmpty ? isNegated ? @"[\x00-\xff]" : @"[^\x00-\xff]" : text.Append(']').ToString();
    }

    private static string Character(byte b, bool inClass) => (char)b switch
    {
        var c when char.IsAsciiLetterOrDigit(c) => c.ToString(),
        ' ' or '_' or '"' or '\'' or '`' or ',' or ';' or ':' or '=' or '<' or '>' or '/' or '@' or '%' or '&' or '!' or '~' => ((char)b).ToString(),
        var c when inClass && c is '.' or '*' or '+' or '?' or '(' or ')' or '{' or '}' or '|' or '$' or '#' && inClass => c.ToString(),
        '-' when !inClass => "-",
        var c when c is > ' ' and < '\x7F' => $@"\{c}",
        _ => string.Create(CultureInfo.InvariantCulture, $@"\x{b:x2}"),
    };
}
