using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>A value to be found, under the name that replaces it. The bytes are read while the snapshot is built and not kept.</summary>
/// <param name="Value">8 bytes to 16 KB, any bytes.</param>
public readonly record struct RegisteredValue(SecretName Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>Planted to be found: whatever the plan says, it blocks.</summary>
    public bool IsCanary { get; init; }

    /// <summary>Shorter values would be found by chance in ordinary text.</summary>
    public const int MinLength = 8;

    /// <summary>A PEM bundle fits; longer values would make the hold-back of a stream longer than a stream should wait.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>The name alone: a type that holds a value has no other text.</summary>
    public override string ToString() => Name.Value;
}

/// <summary>How a registered value is written in the text.</summary>
public enum ValueForm
{
    Plain = 0,

    /// <summary>As some JSON writer puts it in a string, also a string inside a string.</summary>
    JsonEscaped,

    PercentEncoded,

    /// <summary>RFC 4648 section 4.</summary>
    Base64,

    /// <summary>RFC 4648 section 5.</summary>
    Base64Url,

    HexLower,

    HexUpper,

    /// <summary>Behind escapes that <see cref="Encodings.EscapeReader"/> reads, on any level: percent, backslashes, entities, characters that nobody sees.</summary>
    Escaped,

    /// <summary>The same, in a text that is read as quoted-printable (RFC 2045 section 6.7): an equals sign at a line's end joins it to the next.</summary>
    QuotedPrintable,

    /// <summary>Base64 in lines or behind escapes. The range is whole quads; the alignment says what of them is the neighbours' (<see cref="Encodings.Level"/>).</summary>
    Base64Quads,

    /// <summary>RFC 4648 section 6, in whole groups; the alignment as with <see cref="Base64Quads"/>.</summary>
    Base32,

    /// <summary>Hex with something between the bytes.</summary>
    HexWords,

    Utf16LittleEndian,

    Utf16BigEndian,
}

/// <summary>
/// One place of a text that holds a secret or a reference: the range of its carrier form, never its bytes.
/// In base64 the range covers the characters that depend on the secret alone; the quads at its edges, which it shares with its neighbours,
/// are widened to when it is replaced (<see cref="Base64Quads"/>).
/// </summary>
/// <param name="Start">From the start of the text, or of the stream.</param>
/// <param name="Rule">The rule's id; <see cref="RegistryRule"/>, <see cref="CanaryRule"/> or <see cref="ReferenceRule"/> for the others.</param>
/// <param name="Name">The name that replaces it; of a reference, the name that it bears.</param>
/// <param name="Alignment">For base64: how many bytes of the first quad stand before the secret (0 to 2). Otherwise 0.</param>
public readonly record struct Detection(
    long Start, int Length, FindingKind Kind, string Rule, SecretName Name, ValueForm Form, int Alignment)
{
    public const string RegistryRule = "registry";

    public const string CanaryRule = "canary";

    public const string ReferenceRule = "reference";

    /// <summary>How sure it is that this is a secret. Registered values are.</summary>
    public RuleConfidence Confidence { get; init; } = RuleConfidence.High;

    /// <summary>What else stands in the range, under this one's name; null where that is nothing.</summary>
    public Swallowed? Others { get; init; }

    /// <summary>The first byte after it.</summary>
    public long End => Start + Length;

    /// <summary>What is done about it: the strictest of what the plan says of each thing in the range.</summary>
    public FindingAction ActionUnder(RedactionPlan plan)
    {
        var action = plan.For(Kind, Rule, Name);
        for (var one = Others; one is not null && action is not FindingAction.Block; one = one.Next)
        {
            var own = plan.For(one.Kind, one.Rule, one.Name);
            action = own < action ? own : action;
        }

        return action;
    }
}
