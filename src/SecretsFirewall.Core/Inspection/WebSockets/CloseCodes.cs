namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>The status codes of Close frames that are ours to send, and which ones anybody may send (RFC 6455 section 7.4, and IANA's registry).</summary>
public static class CloseCodes
{
    public const ushort GoingAway = 1001;
    public const ushort ProtocolError = 1002;
    public const ushort InvalidPayload = 1007;
    public const ushort PolicyViolation = 1008;
    public const ushort TooBig = 1009;
    public const ushort InternalError = 1011;
    public const ushort TryAgainLater = 1013;

    /// <summary>1004 to 1006 and 1015 stand for something that is never on the wire.</summary>
    public static bool MayBeSent(int code) => code is (>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999);
}
