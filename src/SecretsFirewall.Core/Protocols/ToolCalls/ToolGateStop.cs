namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Why an answer may not go on: it holds, or may hold, a call that two clients would read in two ways.</summary>
public enum ToolGateStop
{
    None = 0,

    /// <summary>An event or body is no JSON, or JSON that has more than one meaning.</summary>
    NotStrictJson,

    /// <summary>An event's name is not its type.</summary>
    EventName,

    /// <summary>Neither a shape that we know, nor free of everything that could be a call.</summary>
    UnknownShape,

    /// <summary>Pieces of a call contradict each other, or stand out of their order.</summary>
    Contradiction,

    /// <summary>It ended in the middle of a call.</summary>
    Unfinished,

    /// <summary>More is open than is held back for it.</summary>
    TooMuchHeld,

    /// <summary>A binary event stream is not made of whole frames with right checksums and headers that are there once.</summary>
    NotFrames,
}
