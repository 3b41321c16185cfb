using System.Security.Cryptography;
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
public sealed class DetectionSnapshot
{
    // Small enough that a block is still in the first-level cache when the next detector reads it.
    private const int BlockLength = 16 * 1024;

    private readonly RegistryMatcher _registry;
    private readonly RuleScanner _rules;
    private readonly AutoNames _autoNames;
    private readonly HashSet<SecretName> _names;
    private readonly Func<SecretName, bool> _isPlaceholder;

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
    internal int Context => _rules.Context;

    /// <summary>True if values are registered: only then can a secret in base64 share its quads with the text around it.</summary>
    internal bool HasForms => _registry.FormCount > 0;

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
    public void Find(ReadOnlySpan<byte> text, List<Detection> into) => Search(text, 0, text.Length, isLast: true, into);

    /// <summary>
    /// As <see cref="Find"/>, for a text of which the bytes before <paramref name="from"/> have been dealt with and more may come.
    /// </summary>
    /// <param name="limit">What begins here or later need not be found, and counts as open.</param>
    /// <returns>The smallest position from which more bytes could change anything: whatever is found later starts there or after it.</returns>
    internal int Search(ReadOnlySpan<byte> text, int from, int limit, bool isLast, List<Detection> into)
    {
        into.Clear();
        var scan = new TextScan(text, from, isLast, into);
        for (var block = from; block < text.Length || block == from; block += BlockLength)
        {
            var to = Math.Min(text.Length, block + BlockLength);

            // :: Step 1: literals: references, and what rules look for; a name before the text may say what its first bytes are.
            _rules.Find(ref scan, _autoNames, block == from ? Math.Max(0, from - Context) : block, to);

            // :: Step 2: registered values, at the letter/digit transitions of the text.
            _registry.Find(text, block, to, into);
        }

        // :: Step 3: one range for what overlaps.
        DropSettled(into, from);
        Overlaps.Resolve(text, into, _isPlaceholder);

        // :: Step 4: what the end of the text may be the beginning of.
        return isLast ? text.Length : Math.Min(limit, EarliestOpen(ref scan, limit));
    }

    private static void DropSettled(List<Detection> detections, int from)
    {
        for (var i = detections.Count - 1; from > 0 && i >= 0; i--)
        {
            if (detections[i].Start < from)
            {
                detections.RemoveAt(i);
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
