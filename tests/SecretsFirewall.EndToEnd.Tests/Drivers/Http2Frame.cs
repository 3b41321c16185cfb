namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>Frame types of RFC 9113 section 6.</summary>
internal enum Http2FrameType
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    RstStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>One frame as it stands on the wire.</summary>
internal sealed record Http2Frame(Http2FrameType Type, byte Flags, int Stream, byte[] Payload)
{
    public const byte EndStream = 0x1;
    public const byte Ack = 0x1;
    public const byte EndHeaders = 0x4;

    /// <summary>RFC 9113 section 7.</summary>
    private static readonly string[] Errors =
    [
        "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM",
        "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
    ];

    public bool Has(byte flag) => (Flags & flag) != 0;

    /// <summary>The error of a RST_STREAM or GOAWAY.</summary>
    public string Error => Errors[Payload[Type is Http2FrameType.GoAway ? 7 : 3]];

    public byte[] ToBytes()
    {
        var bytes = new byte[9 + Payload.Length];
        (bytes[0], bytes[1], bytes[2]) = ((byte)(Payload.Length >> 16), (byte)(Payload.Length >> 8), (byte)Payload.Length);
        (bytes[3], bytes[4]) = ((byte)Type, Flags);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), Stream);
        Payload.CopyTo(bytes, 9);
        return bytes;
    }
}
