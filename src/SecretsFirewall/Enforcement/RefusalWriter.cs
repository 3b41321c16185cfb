using System.Globalization;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Enforcement;

/// <summary>Answers a refused exchange inside the intercepted connection, in the shape that its client understands.</summary>
internal static class RefusalWriter
{
    /// <summary>Names the decision: in a refusal, and in a repeat that is to use its answer.</summary>
    public const string DecisionField = "X-SFW-Decision";

    public static async Task WriteAsync(HttpContext context, Exchange exchange, Refusal refusal)
    {
        var traffic = context.Features.Get<ExchangeState>()?.Traffic ?? RecognisedTraffic.Other;
        var answer = RefusalResponses.Render(refusal, exchange.Id, traffic);
        var response = context.Response;
        var challenge = response.Headers.ProxyAuthenticate;
        response.Clear();
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        response.Headers["Proxy-Status"] = $"sfw; error={refusal.ProxyStatusError}; details=\"{refusal.WireCode}\"";
        response.Headers[DecisionField] = refusal.Approval?.DecisionId ?? exchange.Id;
        response.Headers.CacheControl = "no-store";
        var isGrpc = GrpcFormat.IsGrpc(context.Request.ContentType);
        if (isGrpc)
        {
            // Only an answer without a body may have its status here.
            response.ContentType = "application/grpc";
            response.ContentLength = null;
            response.Headers["Grpc-Status"] = GrpcRefusal.StatusOf(refusal).ToString(CultureInfo.InvariantCulture);
            response.Headers["Grpc-Message"] = GrpcRefusal.MessageOf(refusal);
        }

        if (refusal.Code is RefusalCode.MalformedRequest or RefusalCode.ExpectationFailed && !HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            response.Headers.Connection = "close"; // where one request was unclear, so is where the next begins (RFC 9112 section 11.2)
        }

        if (refusal.Code is RefusalCode.ProxyAuthenticationRequired)
        {
            response.Headers.ProxyAuthenticate = challenge;
        }

        if (refusal.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (context.Request.Method != HttpMethods.Head && !isGrpc) // as the server compares it: any other case has a body
        {
            await response.Body.WriteAsync(answer.Body, context.RequestAborted);
        }
    }
}
