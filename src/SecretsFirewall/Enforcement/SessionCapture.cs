using System.Buffers;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// One exchange's part in capturing: what masking finds by a rule is kept for the agent, and a name that masking gave may be used by the same
/// agent in a field of authentication toward the rule's own hosts. There is one only where the policy captures.
/// </summary>
internal sealed class SessionCapture(CapturedValues values, Exchange exchange, RuleAudiences audiences)
{
    private static readonly SearchValues<byte> SchemeBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    private readonly HashSet<SecretName> _used = [];

    /// <summary>True if a captured value could be used in this request at all.</summary>
    public bool MayBind { get; } =
        exchange is { Agent.MayBind: true, Destination: { IsTls: true, Port: 443 } }
        && values.HasAny(exchange.Agent.Name)
        && audiences.RulesAt(exchange.Destination.Host).Any();

    /// <summary>
    /// Keeps what is about to be masked. Only what stands in the text as it is: coded or escaped, it would not be the value that a provider takes.
    /// Our own agents' tokens belong to no rule and are never kept.
    /// </summary>
    public void Keep(in Detection found, ReadOnlySpan<byte> raw)
    {
        if (found is { Kind: FindingKind.Rule or FindingKind.Entropy, Form: ValueForm.Plain }
            && raw.IndexOfAny((byte)'\\', (byte)'%') < 0
            && audiences.Find(found.Rule) is not null)
        {
            values.Keep(exchange.Agent.Name, found.Rule, found.Name, raw);
        }
    }

    /// <summary>
    /// Opens the value of a reference that the client wrote. The place is a field of authentication, its text the reference alone, or behind a
    /// scheme's name, or within Basic credentials; the host is one at which such secrets are at home. One use of a name in one request.
    /// </summary>
    public bool TryReveal(in Place place, in Detection reference, IBufferWriter<byte> into) =>
        MayBind
        && place.Kind is BindingPlace.Header
        && AuthenticationPlaces.OfHeader(place.Key) is AuthenticationPlace.Header
        && IsCredential(place.Text, reference)
        && !_used.Contains(reference.Name)
        && values.TryReveal(exchange.Agent.Name, reference.Name, IsAtHome, into)
        && _used.Add(reference.Name);

    /// <summary>By the rule that named it, or by its format: <c>token: …</c> may have been found by a rule that knows no provider.</summary>
    private bool IsAtHome(string found, ReadOnlySpan<byte> value) =>
        audiences.RulesAt(exchange.Destination.Host).Any(rule => rule.Id == found)
        || audiences.IsAtHome(exchange.Destination.Host, value, 0, value.Length, inPath: false);

    private static bool IsCredential(ReadOnlySpan<byte> text, in Detection reference)
    {
        var before = text[..(int)reference.Start];
        return before.StartsWith("Basic "u8)
            || (reference.End == text.Length && (before.IsEmpty || (before[^1] == ' ' && !before[..^1].IsEmpty && before[..^1].IndexOfAnyExcept(SchemeBytes) < 0)));
    }
}
