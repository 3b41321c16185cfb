using Microsoft.AspNetCore.Http;
using SecretsFirewall.Commands.Operations;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>A request as the table of operations is asked about it.</summary>
internal static class KnownRequest
{
    /// <param name="body">Decoded; null where it was not read whole.</param>
    public static OperationRequest Of(HttpContext context, Exchange exchange, ReadOnlyMemory<byte>? body)
    {
        var headers = context.Request.Headers;
        return new OperationRequest(
            exchange.Destination.Host, exchange.Method, exchange.Path, exchange.Target.Length > exchange.Path.Length ? exchange.Target[(exchange.Path.Length + 1)..] : "")
        {
            Target = headers["X-Amz-Target"] is { Count: > 0 } target ? target.ToString() : null,
            ContentType = context.Request.ContentType,
            Body = body,
        };
    }
}
