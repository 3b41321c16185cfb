namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>Which way frames go: a client's are masked, a server's are not (RFC 6455 section 5.1).</summary>
public enum WebSocketDirection
{
    ToUpstream = 0,
    ToClient,
}
