using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Looks at a body that passes and is not changed. It counts in a measure of its own: what is taken in only grows, and what was taken in up to some
/// mark may leave once as much is settled.
/// </summary>
internal interface IBodyObserver : IDisposable
{
    /// <summary>True if it counts the bytes of what it takes: an undecoded body may then leave up to the very byte that is settled.</summary>
    bool CountsBytes => false;

    /// <summary>All that was taken in.</summary>
    long Taken { get; }

    /// <summary>How much of it is inspected to its end.</summary>
    long Settled { get; }

    /// <summary>Takes a piece; gives why nothing more may pass, if so.</summary>
    Refusal? Take(ReadOnlySpan<byte> piece);

    /// <summary>The body has ended.</summary>
    Refusal? End();
}
