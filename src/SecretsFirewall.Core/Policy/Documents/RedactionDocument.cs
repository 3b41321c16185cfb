using System.ComponentModel;
using SecretsFirewall.Model;

namespace SecretsFirewall.Policy.Documents;

/// <summary>
/// The redaction plan as a table: direction × destination kind × finding kind. Every cell must be there, so that nothing is decided by leaving it out.
/// </summary>
internal sealed record RedactionDocument
{
    public required RedactionByKind Request { get; init; }

    public required RedactionByKind Response { get; init; }

    [Description("A token in a place of authentication toward its provider's own hosts: pass (where it is not said), or apply what the row says.")]
    public AudienceWord? Audience { get; init; }

    [Description("Whether a masked value that is in no vault may be used by its agent toward its provider, by the name that masked it: none (where it is not said) or session.")]
    public CaptureWord? Capture { get; init; }
}

internal sealed record RedactionByKind
{
    public required RedactionRow Llm { get; init; }

    public required RedactionRow Tool { get; init; }

    public required RedactionRow Registry { get; init; }

    public required RedactionRow Other { get; init; }
}

internal sealed record RedactionRow
{
    [Description("A value of the vault: mask or block, never less.")]
    public required FindingAction Registered { get; init; }

    [Description("A token format.")]
    public required FindingAction Rule { get; init; }

    [Description("Text that is random enough to be a secret.")]
    public required FindingAction Entropy { get; init; }

    [Description("A reference that nothing binds: block, alert or pass.")]
    public required FindingAction Reference { get; init; }
}
