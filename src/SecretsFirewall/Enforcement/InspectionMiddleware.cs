using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// The request, made fit to leave: head, then body. Masks what the agent wrote first, then binds the references that the client wrote;
/// what was bound is not looked at again on this leg. A signature that a binding makes is taken out first and made last.
/// </summary>
internal sealed class InspectionMiddleware(SecretVault vault, EnforcementOptions options, BufferBudget budget, McpServers servers, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        if (exchange.Refusal is not null)
        {
            await next(context);
            return;
        }

        if (budget.IsMemoryFull)
        {
            exchange.Refuse(BufferBudget.MemoryFull);
            await next(context);
            return;
        }

        var headers = context.Request.Headers;
        var state = context.Features.GetRequiredFeature<ExchangeState>();
        var signing = RequestSigning.Begin(context, exchange, state, vault, out var refusal); // before anything changes: it covers what the agent sent
        if (headers.AcceptEncoding.Count > 0 && !SignedRequests.Covers(headers, "accept-encoding"))
        {
            headers.AcceptEncoding = ContentCodings.NarrowAcceptEncoding(headers.AcceptEncoding); // an answer that we cannot read would be refused
        }

        foreach (var field in GrpcFormat.AcceptedFields)
        {
            if (headers[field].Count > 0 && !SignedRequests.Covers(headers, field.ToLowerInvariant()))
            {
                headers[field] = GrpcFormat.NarrowAccepted(headers[field]);
            }
        }

        var binder = new Binder(vault, exchange, state.Capture);
        var inspection = new CarrierInspection(exchange, state.Decision!.RequestPlan, binder, state.Detection, state.Capture);
        var audience = new Audience(exchange, state.InForce);
        refusal ??= RequestHeadInspection.Inspect(context, exchange, state.Detection, inspection, audience);
        using var body = new RequestBodyInspection(context, exchange, state, inspection, audience, options, budget, servers, time);
        refusal ??= exchange.WebSocket is null ? await body.InspectAsync() : null; // its frames are inspected as they come
        refusal ??= LateQuestion.Ask(context, exchange, state, body);
        refusal ??= signing?.Finish(context, exchange, body);
        if (refusal is null && signing is null && (inspection.Changed || body.HasCuts) && SignedRequests.IsSigned(headers, exchange.Target))
        {
            refusal = SignedRequests.Covered;
        }

        if (refusal is not null)
        {
            exchange.Refuse(refusal);
        }

        await next(context);
    }
}
