using System.Security.Cryptography;
using SecretsFirewall.Inspection.Detection.Encodings;
using SecretsFirewall.Inspection.Detection.Forms;
using SecretsFirewall.Inspection.Detection.Registry;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Detection.Rules.Scanning;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>
/// All that is looked for at one moment: immutable, safe for any number of threads, replaced as a whole when the vault changes.
/// It keeps hashes and lengths of the values' forms, not the values: keys are random per process and per snapshot.
/// </summary>
public sealed class DetectionSnapshot : IPlainSearch
{
    // Small enough that a block is still in the first-level cache when the next detector reads it.
    private const int BlockLength = 16 * 1024;

    // Where an escape begins, how many backslashes stand before it, and that a run is a long one, is seen in less.
    private const int EncodingContext = 256;

    private readonly RegistryMatcher _registry;
    private readonly RuleScanner _rules;
    private readonly AutoNames _autoNames;
    private readonly HashSet<SecretName> _names;
    private readonly Func<SecretName, bool> _isPlaceholder;
    private readonly EncodedSearch _encodings;

    private DetectionSnapshot(IReadOnlyCollection<RegisteredValue> values, ReadOnlySpan<byte> installKey, RuleScanner rules)
    {
        _rules = rules;
        _autoNames = new AutoNames(installKey, rules.Rules.Select(rule => rule.Id));
        _names = [.. values.Select(value => value.Name)];
        _isPlaceholder = name => _names.Contains(name) || _autoNames.IsOurs(name);

        using var arena = new FormArena();
        using var forms = new ValueForms();
        foreach (var value in values)
        {
            forms.AddAll(value.Value.Span, arena);
        }

        _registry = new RegistryMatcher(arena, [.. values.Select(value => (value.Name, value.IsCanary))]);
        _encodings = new EncodedSearch(this);
    }

    /// <summary>Finds agent tokens and references. Its tags are not those of an install key.</summary>
    public static DetectionSnapshot Empty { get; } = Build([], RandomNumberGenerator.GetBytes(32));

    /// <summary>What is looked for beside registered values; our own agents' tokens always.</summary>
    public IReadOnlyList<DetectionRule> Rules => _rules.Rules;

    public int SecretCount => _names.Count;

    /// <summary>Different texts that are recognised.</summary>
    public int FormCount => _registry.FormCount;

    /// <summary>The longest text that is recognised as one secret, in bytes.</summary>
    internal int LongestForm => Math.Max(_registry.Prefixes.LongestForm, _rules.LongestFinding);

    /// <summary>How much of the text before a finding may say whether it is one: what a stream keeps of what it has let go.</summary>
    internal int Context => Math.Max(EncodingContext, _rules.Context);

    /// <summary>True if a secret in base64 can share its quads with the text around it: whatever is looked for is found there too.</summary>
    internal bool HasForms => LongestForm > 0;

    internal EncodedSearch Encodings => _encodings;

    int IPlainSearch.LongestForm => LongestForm;

    int IPlainSearch.LongestValue => _registry.Prefixes.LongestForm;

    /// <param name="values">Each of <see cref="RegisteredValue.MinLength"/> to <see cref="RegisteredValue.MaxLength"/> bytes.</param>
    /// <param name="installKey">32 bytes: the key of the tags in <c>auto.</c> names.</param>
    /// <param name="rules">Those to look for, each id once. None where nothing is said.</param>
    /// <exception cref="ArgumentException">A value or the key has another length; the vault refuses such values before.</exception>
    public static DetectionSnapshot Build(
        IReadOnlyCollection<RegisteredValue> values, ReadOnlySpan<byte> installKey, IReadOnlyList<DetectionRule>? rules = null)
    {
        if (installKey.Length != 32)
        {
            throw new ArgumentException("An install key has 32 bytes.", nameof(installKey));
        }

        if (values.Any(value => value.Value.Length is < RegisteredValue.MinLength or > RegisteredValue.MaxLength))
        {
            throw new ArgumentException("A registered value is too short or too long.", nameof(values));
        }

        return new DetectionSnapshot(values, installKey, RuleScanner.For(rules ?? []));
    }

    /// <summary>
    /// Replaces the content of <paramref name="into"/> by all detections in <paramref name="text"/>: sorted, no two overlapping.
    /// Time is linear in the text, whatever it holds.
    /// </summary>
    public void Find(ReadOnlySpan<byte> text, List<Detection> into) => Search(text, 0, text.Length, isLast: true, into, new WorkBudget());

    /// <summary>
    /// As <see cref="Find"/>, for a text of which the bytes before <paramref name="from"/> have been dealt with and more may come.
    /// </summary>
    /// <param name="limit">What begins here or later need not be found, and counts as open.</param>
    /// <param name="budget">Of the body.</param>
    /// <returns>The smallest position from which more bytes could change anything: whatever is found later starts there or after it.</returns>
    internal int Search(ReadOnlySpan<byte> text, int from, int limit, bool isLast, List<Detection> into, WorkBudget budget)
    {
        into.Clear();
        var scan = new TextScan(text, from, isLast, into, budget);
        AddPlain(ref scan, from);

        // :: Step 3: what stands behind encodings, in views of the stretches that look encoded.
        using var encoded = _encodings.Begin();
        encoded.Find(text, into);
        AddSettledValues(text, from, into);

        // :: Step 4: one range for what overlaps.
        Overlaps.DropRepeatedQuads(into);
        DropSettled(scan, into);
        Overlaps.Resolve(text, into, _isPlaceholder, _autoNames);

        // :: Step 5: what the end of the text may be the beginning of.
        return isLast ? text.Length : Math.Max(from, encoded.EarliestOpen(text, Math.Min(limit, EarliestOpen(ref scan, limit))));
    }

    void IPlainSearch.FindPlain(ReadOnlySpan<byte> text, List<Detection> into)
    {
        into.Clear();
        var scan = new TextScan(text, 0, isLast: true, into, budget: null);
        AddPlain(ref scan, 0);
        Overlaps.Resolve(text, into, _isPlaceholder, _autoNames);
    }

    int IPlainSearch.FindPlain(ReadOnlySpan<byte> text, int limit, ViewOrigin origin, List<Detection> into)
    {
        into.Clear();
        var scan = new TextScan(text, 0, isLast: false, into, budget: null, origin);
        AddPlain(ref scan, 0);
        if (scan.Open < text.Length)
        {
            // What is open is found all the same, as it stands.
            into.Clear();
            var whole = new TextScan(text, 0, isLast: true, into, budget: null, origin);
            AddPlain(ref whole, 0);
        }

        origin.DropOrdinary(into);
        Overlaps.Resolve(text, into, _isPlaceholder, _autoNames);
        return Math.Min(limit, EarliestOpen(ref scan, limit));
    }

    int IPlainSearch.EarliestOpenPlain(ReadOnlySpan<byte> text, int limit, List<Detection> scratch)
    {
        scratch.Clear();
        var scan = new TextScan(text, 0, isLast: false, scratch, budget: null);
        _rules.Find(ref scan, 0, text.Length);
        scratch.Clear();
        return Math.Min(limit, EarliestOpen(ref scan, limit));
    }

    int IPlainSearch.EarliestOpenValue(ReadOnlySpan<byte> text, int limit) => _registry.Prefixes.EarliestOpen(text, 0, limit);

    private void AddPlain(ref TextScan scan, int from)
    {
        var to = from;
        do
        {
            var block = to;

            // A little that is left over is no block of its own: a chunk of a stream with what was kept before it is one.
            to = scan.Text.Length - block <= BlockLength + (BlockLength / 4) ? scan.Text.Length : block + BlockLength;

            // :: Step 1: literals: references, and what rules look for. A name that has left may say what the first bytes are.
            _rules.Find(ref scan, block == from ? Math.Max(0, from - Context) : block, to);

            // :: Step 2: registered values, at the letter/digit transitions of the text.
            _registry.Find(scan.Text, block, to, scan.Into);
        }
        while (to < scan.Text.Length);
    }

    /// <summary>
    /// A value in base64 that has left is looked for again where an encoding seems to hold one that reaches from there into the text: it may be
    /// the same (<see cref="Overlaps.DropRepeatedQuads"/>).
    /// </summary>
    private void AddSettledValues(ReadOnlySpan<byte> text, int from, List<Detection> into)
    {
        foreach (var detection in into)
        {
            if (detection.Form == ValueForm.Base64Quads && detection.Start < from)
            {
                _registry.Find(text, Math.Max(0, from - Context), from, into);
                return;
            }
        }
    }

    /// <summary>What has left is done with. Of what begins there and reaches further, which only an encoding that shows late can, the rest goes.</summary>
    private static void DropSettled(in TextScan scan, List<Detection> detections)
    {
        var text = scan.Text;
        var from = scan.From;
        for (var i = detections.Count - 1; from > 0 && i >= 0; i--)
        {
            var detection = detections[i];
            var (start, end) = Overlaps.Extent(text, detection);
            if (start >= from)
            {
                continue;
            }

            if (end - from < RegisteredValue.MinLength
                || (detection.Start < from && detection.Form < ValueForm.Escaped)
                || Overlaps.IsDoubtful(detection, scan.Settled.End, scan.Settled.Confidence))
            {
                detections.RemoveAt(i);
            }
            else
            {
                detections[i] = detection with { Start = from, Length = end - from, Form = ValueForm.Escaped, Alignment = 0 };
            }
        }
    }

    private int EarliestOpen(ref TextScan scan, int limit)
    {
        _rules.FindOpen(ref scan, limit);
        if (scan.Text.Length - limit < ReferenceDetector.MaxLength)
        {
            scan.OpenAt(ReferenceDetector.EarliestOpen(scan.Text));
        }

        return _registry.Prefixes.EarliestOpen(scan.Text, scan.From, Math.Min(limit, scan.Open));
    }
}
