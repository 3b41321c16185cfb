using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// What the end of a text may be the beginning of: a literal that has not come whole, or a lead before it. Literals that are no part of the
/// finding do not count: a name may leave before the value that is assigned to it has come.
/// </summary>
internal sealed class OpenLiterals
{
    private const int FilterBits = 16;

    private const uint Factor = 0x9E3779B1;

    private readonly Node _root = new();

    // By byte: the longest literal that begins with it. Few are as long as the longest.
    private readonly int[] _longestFrom = new int[256];

    // One bit for the first three bytes of every beginning: nearly every end of a text ends here.
    private readonly ulong[] _filter = new ulong[(1 << FilterBits) / 64];
    private readonly List<TokenShape> _leads;

    // By the last byte of the text: the leads that could be cut behind it.
    private readonly TokenShape[][] _leadsBehind;
    private readonly int _longest;
    private readonly int _longestLead;

    public OpenLiterals(IReadOnlyList<DetectionRule> rules)
    {
        foreach (var rule in rules.Where(rule => !rule.Shape.BeginsBehindLiteral))
        {
            foreach (var literal in rule.Literals)
            {
                Add(_root, literal, 0, rule.Shape);
                var bit = BitOf(Fingerprint.KeyOf(literal.Bytes.Span[..Fingerprint.MinLength]));
                _filter[bit / 64] |= 1UL << bit;
                _longest = Math.Max(_longest, literal.Length);
                NoteLength(literal);
            }
        }

        // A longer lead of the same characters is open wherever a shorter one is.
        _leads = [.. rules.Select(rule => rule.Shape).OfType<TokenShape>().Where(shape => shape.Lead > 0)
            .GroupBy(shape => shape.LeadKey, StringComparer.Ordinal).Select(group => group.MaxBy(shape => shape.Lead)!)];
        _longestLead = _leads.Select(lead => lead.Lead).DefaultIfEmpty().Max();
        _leadsBehind = [.. Enumerable.Range(0, 256).Select(b => _leads.Where(lead => lead.LeadBytes.Contains((byte)b)).ToArray())];
    }

    /// <summary>The longest text that is the beginning of a finding and has no whole literal, in bytes.</summary>
    public int LongestPart => _longest + _longestLead;

    /// <summary>The smallest position from <paramref name="from"/> on at which a finding could begin whose literal has not come whole; <paramref name="limit"/> if that is nearer.</summary>
    public int EarliestOpen(ReadOnlySpan<byte> text, int from, int limit)
    {
        var open = limit;
        for (var at = Math.Max(from, text.Length - _longest + 1); at < text.Length; at++)
        {
            if (_longestFrom[text[at]] <= text.Length - at || !MayHave(text[at..]))
            {
                continue;
            }

            var node = _root;
            for (var i = at; i < text.Length && node is not null; i++)
            {
                node = node.Next.GetValueOrDefault(text[i]);
            }

            for (var i = 0; i < node?.Shapes.Count; i++)
            {
                if (at >= open && node.Shapes[i].Lead == 0)
                {
                    continue;
                }

                open = Math.Min(open, Math.Max(from, node.Shapes[i].OpenFrom(text, at)));
            }
        }

        return Math.Min(open, Math.Max(from, OpenLead(text, open)));
    }

    /// <summary>Where a lead may begin that the end of the text cuts; <paramref name="limit"/> or more if that is nearer.</summary>
    private int OpenLead(ReadOnlySpan<byte> text, int limit)
    {
        var leads = text.IsEmpty ? [] : _leadsBehind[text[^1]];
        if (leads.Length == 0)
        {
            return limit;
        }

        var mayEscape = text[Math.Max(0, text.Length - _longestLead - Boundaries.LookBehind)..].ContainsAny((byte)'\\', (byte)'%');
        var known = -1;
        foreach (var lead in leads)
        {
            // Most begin where the last word does, and what one says of that place another need not say again.
            var start = lead.StartOfLead(text, mayEscape);
            if (start < limit && start != known)
            {
                var open = lead.OpenLead(text, start);
                known = open == start + lead.Skipped(text, start) ? start : known;
                limit = Math.Min(limit, open);
            }
        }

        return limit;
    }

    private bool MayHave(ReadOnlySpan<byte> text)
    {
        if (text.Length < Fingerprint.MinLength)
        {
            return true;
        }

        var key = text.Length > Fingerprint.MinLength ? Fingerprint.ShortKey(Fingerprint.KeyAt(text)) : Fingerprint.KeyOf(text);
        var bit = BitOf(key);
        return ((_filter[bit / 64] >> bit) & 1) != 0;
    }

    private void NoteLength(RuleLiteral literal)
    {
        var first = literal.Bytes.Span[0];
        Span<byte> firsts = [first, literal.IgnoreCase && char.IsAsciiLetter((char)first) ? (byte)(first ^ 0x20) : first];
        foreach (var b in firsts)
        {
            _longestFrom[b] = Math.Max(_longestFrom[b], literal.Length);
        }
    }

    private static int BitOf(uint key) => (int)((key * Factor) >> (32 - FilterBits));

    private static void Add(Node node, RuleLiteral literal, int at, RuleShape shape)
    {
        if (at > 0 && node.Shapes.TrueForAll(other => other.OpenKey != shape.OpenKey))
        {
            node.Shapes.Add(shape);
        }

        if (at == literal.Length - 1)
        {
            return;
        }

        var b = literal.Bytes.Span[at];
        var next = node.Next.GetValueOrDefault(b) ?? new Node();
        node.Next[b] = next;
        if (literal.IgnoreCase && char.IsAsciiLetter((char)b))
        {
            node.Next.TryAdd((byte)(b ^ 0x20), next);
        }

        Add(next, literal, at + 1, shape);
    }

    /// <summary>The beginning of some literals, but no whole one.</summary>
    private sealed class Node
    {
        public Dictionary<byte, Node> Next { get; } = [];

        public List<RuleShape> Shapes { get; } = [];
    }
}
