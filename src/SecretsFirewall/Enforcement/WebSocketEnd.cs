namespace SecretsFirewall.Enforcement;

/// <summary>How one direction of a WebSocket ended.</summary>
internal enum WebSocketEnd
{
    /// <summary>A mistake of ours: nothing more may pass.</summary>
    Failed = 0,

    /// <summary>A Close frame has passed.</summary>
    Closed,

    /// <summary>Its frames or what was in them could not be let through.</summary>
    Faulted,

    /// <summary>The side that sends ended the connection or broke it.</summary>
    SourceGone,

    /// <summary>The side that receives did.</summary>
    SinkGone,

    /// <summary>The agent holds more in memory than it may.</summary>
    Overloaded,

    /// <summary>It carries more than it may.</summary>
    OverLimit,

    /// <summary>It was ended from outside.</summary>
    Cancelled,
}
