namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>Why one direction of a WebSocket may not go on.</summary>
public enum WebSocketFault
{
    None = 0,

    /// <summary>The inspector said no.</summary>
    Blocked,
    UnmaskedClientFrame,
    MaskedServerFrame,
    ReservedBit,
    ReservedOpcode,
    LongControlFrame,
    FragmentedControlFrame,

    /// <summary>A continuation of nothing, or a new message inside of another.</summary>
    MisplacedFrame,

    /// <summary>A length in more bytes than it needs, or with its highest bit set.</summary>
    MalformedLength,

    /// <summary>A status code that nobody may send, or half of one.</summary>
    MalformedClose,

    /// <summary>A text message, or the reason of a close, that is not UTF-8.</summary>
    InvalidText,

    /// <summary>It is marked as compressed and does not decode.</summary>
    Undecodable,

    /// <summary>It decodes to far more than was sent.</summary>
    Bomb,
    MessageTooLarge,
}

/// <summary>What each fault is called toward the peer that caused it.</summary>
public static class WebSocketFaults
{
    /// <summary>The status code of the Close frame (RFC 6455 section 7.4.1).</summary>
    public static ushort CloseCode(this WebSocketFault fault) => fault switch
    {
        WebSocketFault.Blocked => CloseCodes.PolicyViolation,
        WebSocketFault.InvalidText or WebSocketFault.Undecodable => CloseCodes.InvalidPayload,
        WebSocketFault.MessageTooLarge or WebSocketFault.Bomb => CloseCodes.TooBig,
        _ => CloseCodes.ProtocolError,
    };

    /// <summary>One sentence for the record; nothing that a frame said.</summary>
    public static string Sentence(this WebSocketFault fault) => fault switch
    {
        WebSocketFault.UnmaskedClientFrame => "A frame of the client was not masked.",
        WebSocketFault.MaskedServerFrame => "A frame of the upstream was masked.",
        WebSocketFault.ReservedBit => "A frame had a reserved bit set that nothing was agreed about.",
        WebSocketFault.ReservedOpcode => "A frame had a reserved opcode.",
        WebSocketFault.LongControlFrame => "A control frame had more than 125 bytes.",
        WebSocketFault.FragmentedControlFrame => "A control frame was fragmented.",
        WebSocketFault.MisplacedFrame => "A frame continued nothing, or began a message inside of another.",
        WebSocketFault.MalformedLength => "A frame's length was written in a way that nobody may write it.",
        WebSocketFault.MalformedClose => "A Close frame had no valid status code.",
        WebSocketFault.InvalidText => "A text message was not UTF-8.",
        WebSocketFault.Undecodable => "A compressed message did not decode.",
        WebSocketFault.Bomb => "A compressed message decoded to far more bytes than were sent.",
        WebSocketFault.MessageTooLarge => "A message was larger than may be read.",
        _ => "A message was blocked.",
    };
}
