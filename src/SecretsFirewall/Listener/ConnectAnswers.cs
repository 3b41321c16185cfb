using System.Globalization;
using System.Text;

namespace SecretsFirewall.Listener;

/// <summary>
/// The few answers that are given to CONNECT itself. Policy never refuses here: agents retry a refused CONNECT for a minute and show nobody
/// the reason, so what policy refuses is answered inside the tunnel.
/// </summary>
internal static class ConnectAnswers
{
    public static ReadOnlyMemory<byte> Established { get; } = "HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray();

    /// <summary>git and .NET send credentials only after this (RFC 9110 section 11.7.1).</summary>
    public static ReadOnlyMemory<byte> AuthenticationRequired { get; } = Answer(
        407, "Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"Secrets Firewall\", charset=\"UTF-8\"\r\n", "");

    public static ReadOnlyMemory<byte> Malformed { get; } = Problem(
        400, "Bad Request", "malformed_request", "http_request_error", "The CONNECT request is malformed: expected CONNECT host:port HTTP/1.1.");

    public static ReadOnlyMemory<byte> HeadTooLarge { get; } = Problem(
        431, "Request Header Fields Too Large", "too_large", "http_request_error", "The CONNECT request's head is too large.");

    public static ReadOnlyMemory<byte> Timeout { get; } = Problem(
        408, "Request Timeout", "timeout", "http_request_error", "The CONNECT request did not arrive in time.");

    /// <summary>The agent's tunnels are too many, or everybody's: the record says which.</summary>
    public static ReadOnlyMemory<byte> NoRoom { get; } = Problem(
        503, "Too many tunnels", "overloaded", "connection_limit_reached", "Too many tunnels are open; try again in a while.", "Retry-After: 5\r\n");

    private static byte[] Problem(int status, string reason, string code, string error, string detail, string fields = "") => Answer(
        status,
        reason,
        $"{fields}Proxy-Status: sfw; error={error}\r\nContent-Type: application/problem+json\r\n",
        $$"""{"type":"about:blank","title":"{{reason}}","status":{{status}},"code":"{{code}}","detail":"{{detail}}"}""");

    private static byte[] Answer(int status, string reason, string fields, string body) => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {reason}\r\n{fields}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
}
