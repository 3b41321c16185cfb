namespace SecretsFirewall.Inspection.AmazonStreams;

/// <summary>Why a binary event stream may not go on.</summary>
public enum AmazonStreamStop
{
    None = 0,

    /// <summary>A finding must block; <see cref="AmazonStreamRedactor.Blocked"/> tells which.</summary>
    Finding,

    /// <summary>The bytes are no frames, a checksum is wrong, or the last frame is not whole.</summary>
    Invalid,

    /// <summary>One event is too long, or more is open at once than is held back for it.</summary>
    TooMuchHeld,
}
