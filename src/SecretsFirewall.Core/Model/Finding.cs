namespace SecretsFirewall.Model;

/// <summary>Which net caught it. The order is the precedence where findings overlap.</summary>
public enum FindingKind
{
    /// <summary>A made-up value of the vault that nobody has a use for: whoever sends it has read what it was planted in. It always blocks.</summary>
    Canary = 0,

    /// <summary>Not a secret: a stretch that was too much work to read to the end. It always blocks, whatever else was found in it.</summary>
    Unread,

    /// <summary>A value of the vault, in any of its forms.</summary>
    Registered,

    /// <summary>A token format.</summary>
    Rule,

    Entropy,

    /// <summary>Not a secret: a <c>SECRET_REF(name)</c> that the client wrote.</summary>
    Reference,
}

/// <summary>What is done about a finding. The zero value refuses.</summary>
public enum FindingAction
{
    /// <summary>The exchange is refused, or aborted where it already streams.</summary>
    Block = 0,

    /// <summary>Replaced by its reference, in the carrier's own encoding.</summary>
    Mask,

    /// <summary>Left as it is, and recorded.</summary>
    Alert,

    /// <summary>Left as it is.</summary>
    Pass,

    /// <summary>A reference replaced by its value.</summary>
    Bind,
}

/// <summary>The part of a message that held a finding.</summary>
public enum Carrier
{
    Target = 0,
    HeaderName,
    HeaderValue,
    Body,
    Trailer,
    WebSocketMessage,
}

/// <summary>
/// What was found, never its bytes: safe to log.
/// </summary>
/// <param name="Rule">The rule's id; <c>registry</c> and <c>canary</c> for values of the vault, <c>reference</c> for references.</param>
/// <param name="Name">The name under which the value is masked or bound.</param>
/// <param name="Carrier">Where it stood.</param>
/// <param name="Location">A header's name, a JSON pointer, a query key, or <c>@offset</c>; never a value.</param>
/// <param name="Action">What was done.</param>
public sealed record Finding(FindingKind Kind, string Rule, SecretName Name, Carrier Carrier, string Location, FindingAction Action)
{
    /// <summary>How many this stands for; more than one only where an exchange had too many to keep each.</summary>
    public int Count { get; init; } = 1;
}
