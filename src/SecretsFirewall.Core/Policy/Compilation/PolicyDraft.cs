using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>
/// The files of a policy as one: lists joined, and what may be said once found once. Every element keeps its file and line.
/// </summary>
internal sealed class PolicyDraft
{
    private readonly IReadOnlyList<DocumentText> _texts;
    private readonly List<PolicyError> _errors;

    public PolicyDraft(IReadOnlyList<DocumentText> texts, string firstPath, List<PolicyError> errors)
    {
        _texts = texts;
        _errors = errors;
        foreach (var text in texts.Where(text => text.Document.Version != PolicyDocument.Language))
        {
            errors.Add(text.Error("/schema", $"Only '{PolicyDocument.Language}' can be read."));
        }

        Name = Once("name", firstPath, document => document.Name);
        Revision = Once("revision", firstPath, document => document.Revision);
        Defaults = Once("defaults", firstPath, document => document.Defaults);
        Redaction = Once("redaction", firstPath, document => document.Redaction);
        Mcp = AtMostOnce("mcp", document => document.Mcp);
        Offers = AtMostOnce("offers", document => document.Offers);
        Destinations = [.. All("destinations", document => document.Destinations)];
        Rules = [.. All("rules", document => document.Rules)];
        Exceptions = [.. All("exceptions", document => document.Exceptions)];
        Cases = [.. All("cases", document => document.Cases)];
        Prices = [.. All("prices", document => document.Prices)];
        Budgets = [.. All("budgets", document => document.Budgets)];
        Detection = [.. texts.Where(text => text.Document.Detection is not null).Select(text => new Placed<DetectionDocument>(text.Document.Detection!, text, "/detection"))];
        Tools = [.. All("tools", document => document.Tools)];
        Matrix = AtMostOnce("matrix", document => document.Matrix);
        Mode = AtMostOnce("mode", document => document.Mode);
        Sets = ReadSets();
    }

    public IReadOnlyList<Placed<ToolDocument>> Tools { get; }

    public Placed<MatrixDocument?>? Matrix { get; }

    public Placed<PolicyMode?>? Mode { get; }

    public Placed<string?>? Name { get; }

    public Placed<int?>? Revision { get; }

    public Placed<DefaultsDocument?>? Defaults { get; }

    public Placed<RedactionDocument?>? Redaction { get; }

    public Placed<McpDocument?>? Mcp { get; }

    public Placed<OfferWord?>? Offers { get; }

    public IReadOnlyList<Placed<DestinationDocument>> Destinations { get; }

    public IReadOnlyList<Placed<RuleDocument>> Rules { get; }

    public IReadOnlyList<Placed<ExceptionDocument>> Exceptions { get; }

    public IReadOnlyList<Placed<CaseDocument>> Cases { get; }

    public IReadOnlyList<Placed<PriceDocument>> Prices { get; }

    public IReadOnlyList<Placed<BudgetDocument>> Budgets { get; }

    public IReadOnlyList<Placed<DetectionDocument>> Detection { get; }

    public IReadOnlyDictionary<string, Placed<string[]>> Sets { get; }

    /// <summary>Reports the second and later uses of an id.</summary>
    public void RequireUnique<T>(IEnumerable<Placed<T>> items, string member, Func<T, string> id)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            if (!IsId(id(item.Value)))
            {
                _errors.Add(item.Error(member, "Letters, digits, '_', '.' and '-', 1 to 64 of them."));
            }
            else if (!seen.Add(id(item.Value)))
            {
                _errors.Add(item.Error(member, $"'{id(item.Value)}' is taken."));
            }
        }
    }

    private static bool IsId(string text) => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private Placed<T>? Once<T>(string member, string firstPath, Func<PolicyDocument, T> select)
    {
        var found = AtMostOnce(member, select);
        if (found is null)
        {
            _errors.Add(new PolicyError(firstPath, 0, $"No file of this policy says '{member}'."));
        }

        return found;
    }

    private Placed<T>? AtMostOnce<T>(string member, Func<PolicyDocument, T> select)
    {
        Placed<T>? found = null;
        foreach (var text in _texts)
        {
            if (select(text.Document) is not { } value)
            {
                continue;
            }

            if (found is not null)
            {
                _errors.Add(text.Error($"/{member}", $"'{member}' may be said once, and another file says it already."));
            }

            found ??= new Placed<T>(value, text, $"/{member}");
        }

        return found;
    }

    private IEnumerable<Placed<T>> All<T>(string member, Func<PolicyDocument, T[]?> select) =>
        _texts.SelectMany(text => (select(text.Document) ?? []).Select((value, i) => new Placed<T>(value, text, $"/{member}/{i}")));

    private Dictionary<string, Placed<string[]>> ReadSets()
    {
        var sets = new Dictionary<string, Placed<string[]>>(StringComparer.Ordinal);
        foreach (var text in _texts)
        {
            foreach (var (name, values) in text.Document.Sets ?? [])
            {
                var set = new Placed<string[]>(values, text, $"/sets/{name}");
                if (!sets.TryAdd(name, set))
                {
                    _errors.Add(set.Error($"The set '{name}' is defined already."));
                }
            }
        }

        return sets;
    }
}
