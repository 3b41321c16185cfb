using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols;

/// <summary>
/// A refusal as gRPC says it (statuscodes.md), in fields beside the HTTP answer: libraries believe <c>grpc-status</c> before they guess from the HTTP status.
/// </summary>
public static class GrpcRefusal
{
    public static int StatusOf(Refusal refusal) => refusal.Status switch
    {
        400 or 415 => 3, // INVALID_ARGUMENT
        407 => 16, // UNAUTHENTICATED
        408 or 504 => 4, // DEADLINE_EXCEEDED
        413 or 429 => 8, // RESOURCE_EXHAUSTED
        503 => 14, // UNAVAILABLE, the one that libraries try again
        502 => refusal.Code is RefusalCode.UpstreamUninspectable ? 13 : 14, // INTERNAL
        _ => 7, // PERMISSION_DENIED
    };

    /// <summary>The code and its sentence, percent-encoded where the field allows no such character.</summary>
    public static string MessageOf(Refusal refusal)
    {
        var message = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes($"{refusal.WireCode}: {refusal.Detail}"))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                message.Append((char)b);
            }
            else
            {
                message.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return message.ToString();
    }
}
