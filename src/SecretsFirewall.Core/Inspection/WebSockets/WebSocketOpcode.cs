namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>RFC 6455 section 5.2. What is not here is reserved.</summary>
public enum WebSocketOpcode
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}
