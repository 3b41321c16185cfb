using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From what the files say about detection rules to choices that name nothing but rules that are there.</summary>
internal sealed class DetectionCompiler(PolicyDraft draft, RuleIds rules, List<PolicyError> errors)
{
    private const string AnySubdomain = "*.";
    private const int TagLength = 8;

    private static readonly SearchValues<char> TagCharacters = SearchValues.Create("0123456789abcdef");

    /// <summary>What <see cref="Compile"/> found about single rules, for the table of redaction.</summary>
    public List<(FrozenSet<string> Rules, Direction? Direction, DestinationKind[]? Kinds, FindingAction Action)> Actions { get; } = [];

    public DetectionChoices Compile()
    {
        var (on, off) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var written in draft.Detection)
        {
            on.UnionWith(Ids(written, "on", written.Value.On));
            off.UnionWith(Ids(written, "off", written.Value.Off));
            AddActions(written);
        }

        RequireDisjoint(on, off);
        return new DetectionChoices
        {
            On = on.ToFrozenSet(StringComparer.Ordinal),
            Off = off.ToFrozenSet(StringComparer.Ordinal),
            PassesAudience = draft.Redaction?.Value?.Audience is null or AudienceWord.Pass,
            Audience = Audience(),
            Ignored = [.. draft.Detection.SelectMany(written => Each(written, "ignore", written.Value.Ignore)).Select(Ignored).OrderBy(ignored => ignored.End)],
        };
    }

    private IEnumerable<string> Ids(Placed<DetectionDocument> written, string member, string[]? ids) =>
        ids is null ? [] : rules.Resolve(written.Part(ids, member));

    private static IEnumerable<Placed<T>> Each<T>(Placed<DetectionDocument> written, string member, T[]? items) =>
        (items ?? []).Select((item, i) => written.Part(item, $"{member}/{i}"));

    private void AddActions(Placed<DetectionDocument> written)
    {
        foreach (var action in Each(written, "actions", written.Value.Actions))
        {
            if (action.Value.Action is FindingAction.Bind)
            {
                errors.Add(action.Error("action", "Only references are bound, by their binding."));
            }

            if (action.Value.Kinds is { Length: 0 })
            {
                errors.Add(action.Error("kinds", "The list is empty."));
            }

            var ids = rules.Resolve(action.Part(action.Value.Rules, "rules")).ToFrozenSet(StringComparer.Ordinal);
            Actions.Add((ids, action.Value.Direction, action.Value.Kinds, action.Value.Action));
        }
    }

    private void RequireDisjoint(HashSet<string> on, HashSet<string> off)
    {
        if (on.Overlaps(off))
        {
            var both = on.Intersect(off, StringComparer.Ordinal).Order(StringComparer.Ordinal).First();
            errors.Add(draft.Detection.First(written => written.Value.Off is not null).Error("off", $"'{both}' is said to be on and off."));
        }
    }

    private FrozenDictionary<string, ImmutableArray<string>> Audience()
    {
        var hosts = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var written in draft.Detection.SelectMany(written => Each(written, "audience", written.Value.Audience)))
        {
            var list = written.Part(written.Value.Hosts, "hosts");
            if (list.Value.Length == 0)
            {
                errors.Add(list.Error("The list is empty."));
            }

            var named = list.Value.Select((host, i) => Host(list.Part(host, $"{i}"))).OfType<string>().ToList();
            foreach (var id in rules.Resolve(written.Part(written.Value.Rules, "rules")))
            {
                hosts[id] = [.. hosts.GetValueOrDefault(id, []), .. named];
            }
        }

        return hosts.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private string? Host(Placed<string> text) =>
        !text.Value.StartsWith(AnySubdomain, StringComparison.Ordinal) ? HostPatterns.Host(text, errors)
        : HostPatterns.Domain(text with { Value = text.Value[AnySubdomain.Length..] }, errors) is { } domain ? AnySubdomain + domain
        : null;

    private IgnoredFinding Ignored(Placed<IgnoreDocument> written)
    {
        var fingerprint = written.Value.Fingerprint;
        var tag = fingerprint.AsSpan(Math.Max(0, fingerprint.Length - TagLength));
        if (tag.Length < TagLength || tag.ContainsAnyExcept(TagCharacters))
        {
            errors.Add(written.Error("fingerprint", "A finding's name as the audit has it (auto.<rule>.<tag>), or its tag: eight hex digits."));
        }
        else if (fingerprint.Length > TagLength)
        {
            RequireAutoName(written.Part(fingerprint, "fingerprint"));
        }

        if (string.IsNullOrWhiteSpace(written.Value.Reason))
        {
            errors.Add(written.Error("reason", "'reason' is empty."));
        }

        return new IgnoredFinding(fingerprint, RuleCompiler.EndOfDay(written.Value.Expires));
    }

    private void RequireAutoName(Placed<string> name)
    {
        var text = name.Value;
        if (!text.StartsWith(SecretName.AutoPrefix, StringComparison.Ordinal) || text.Length < SecretName.AutoPrefix.Length + TagLength + 2 || text[^(TagLength + 1)] != '.')
        {
            errors.Add(name.Error("A finding's name as the audit has it (auto.<rule>.<tag>), or its tag: eight hex digits."));
            return;
        }

        rules.TryFind(name with { Value = text[SecretName.AutoPrefix.Length..^(TagLength + 1)] }, out _);
    }
}
