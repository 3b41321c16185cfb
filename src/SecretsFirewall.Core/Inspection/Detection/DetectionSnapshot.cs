using System.Security.Cryptography;
using SecretsFirewall.Inspection.Detection.Encodings;
using SecretsFirewall.Inspection.Detection.Forms;
using SecretsFirewall.Inspection.Detection.Registry;
using SecretsFirewall.Inspection.Detection.Rules;
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

    private readonly RegistryMatcher _registry;
    private readonly TokenDetector _tokens;
    private readonly RuleDetector _rules;
    private readonly HashSet<SecretName> _names;
    private readonly Func<SecretName, bool> _isPlaceholder;
    private readonly EncodedSearch _encodings;

    private DetectionSnapshot(IReadOnlyCollection<RegisteredValue> values, ReadOnlySpan<byte> installKey, IReadOnlyList<DetectionRule> rules)
    {
        Rules = rules;
        var autoNames = new AutoNames(installKey, rules.Select(rule => rule.Id));
        _rules = new RuleDetector(rules, autoNames);
        _tokens = new TokenDetector(installKey);
        _names = [.. values.Select(value => value.Name)];
        _isPlaceholder = name => _names.Contains(name) || TokenDetector.IsAutoName(name) || autoNames.IsOurs(name);

        using var arena = new FormArena();
        using var forms = new ValueForms();
        foreach (var value in values)
        {
            forms.AddAll(value.Value.Span, arena);
        }

        _registry = new RegistryMatcher(arena, [.. values.Select(value => value.Name)]);
        _encodings = new EncodedSearch(this);
    }

    /// <summary>Finds agent tokens and references. Its tags are not those of an install key.</summary>
    public static DetectionSnapshot Empty { get; } = new([], RandomNumberGenerator.GetBytes(32), []);

    /// <summary>What is looked for beside registered values.</summary>
    public IReadOnlyList<DetectionRule> Rules { get; }

    public int SecretCount => _names.Count;

    /// <summary>Different texts that are recognised.</summary>
    public int FormCount => _registry.FormCount;

    /// <summary>The longest text that is recognised as one secret, in bytes.</summary>
    internal int LongestForm => Math.Max(_registry.Prefixes.LongestForm, TokenDetector.LongestToken);

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

        return new DetectionSnapshot(values, installKey, rules ?? []);
    }

    /// <summary>
    /// Replaces the content of <paramref name="into"/> by all detections in <paramref name="text"/>: sorted, no two overlapping.
    /// Time is linear in the text, whatever it holds.
    /// </summary>
    public void Find(ReadOnlySpan<byte> text, List<Detection> into)
    {
        into.Clear();
        AddPlain(text, into);

        // :: Step 3: what stands behind encodings, in views of the stretches that look encoded.
        _encodings.Find(text, into);

        // :: Step 4: one range for what overlaps.
        Overlaps.Resolve(text, into, _isPlaceholder);
    }

    int IPlainSearch.LongestForm => LongestForm;

    void IPlainSearch.FindPlain(ReadOnlySpan<byte> text, List<Detection> into)
    {
        into.Clear();
        AddPlain(text, into);
        Overlaps.Resolve(text, into, _isPlaceholder);
    }

    int IPlainSearch.EarliestOpenPlain(ReadOnlySpan<byte> text, int limit)
    {
        var open = Math.Min(limit, Math.Min(ReferenceDetector.EarliestOpen(text), TokenDetector.EarliestOpen(text)));
        return _registry.Prefixes.EarliestOpen(text, open);
    }

    /// <summary>
    /// The smallest position before <paramref name="limit"/> from which more bytes could complete something; the limit if nothing is open.
    /// Whatever is found later starts there or after it.
    /// </summary>
    internal int EarliestOpen(ReadOnlySpan<byte> text, int limit) => _encodings.EarliestOpen(text, limit);

    /// <summary>True if all of <paramref name="text"/> could still become something that is looked for.</summary>
    internal bool IsOpen(ReadOnlySpan<byte> text) =>
        _registry.Prefixes.IsOpen(text) || ReferenceDetector.IsOpen(text) || TokenDetector.IsOpen(text) || _encodings.EarliestOpen(text, 1) == 0;

    /// <summary>True if values are registered: only then can a secret in base64 share its quads with the text around it.</summary>
    internal bool HasForms => _registry.FormCount > 0;

    private void AddPlain(ReadOnlySpan<byte> text, List<Detection> into)
    {
        for (var from = 0; from < text.Length; from += BlockLength)
        {
            var to = Math.Min(text.Length, from + BlockLength);

            // :: Step 1: literals: references, and the prefixes of token formats.
            ReferenceDetector.Find(text, from, to, into);
            _tokens.Find(text, from, to, into);
            _rules.Find(text, from, to, into);

            // :: Step 2: registered values, at the letter/digit transitions of the text.
            _registry.Find(text, from, to, into);
        }
    }
}
