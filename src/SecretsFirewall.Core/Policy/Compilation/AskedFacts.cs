using System.Collections.Frozen;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>Collects what the rules ask about while they are compiled.</summary>
internal sealed class AskedFacts
{
    public HashSet<string> Headers { get; } = new(StringComparer.Ordinal);

    public bool Query { get; set; }

    public bool Body { get; set; }

    public bool Findings { get; set; }

    public bool History { get; set; }

    public bool Operations { get; set; }

    public FactsAsked Build() => new()
    {
        Headers = Headers.ToFrozenSet(StringComparer.OrdinalIgnoreCase),
        Query = Query,
        Body = Body,
        Findings = Findings,
        History = History,
        Operations = Operations,
    };
}
