using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// The answer, made fit for the agent: values turn back into references in fields, body and trailers. Text and JSON are rewritten while they
/// stream; downloads are never rewritten, a registered value in one aborts it.
/// </summary>
internal sealed class ResponseInspection(EnforcementOptions options)
{
    /// <summary>What a changed body would belie. They go where a body may change, whether it does or not: the head leaves before the body is read.</summary>
    private static readonly string[] FieldsOfTheBody =
        [HeaderNames.ContentLength, HeaderNames.ContentMD5, HeaderNames.AcceptRanges, "Digest", "Content-Digest", "Repr-Digest"];

    public async ValueTask<bool> InspectAsync(HttpContext context, HttpResponseMessage response)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        var state = context.Features.GetRequiredFeature<ExchangeState>();
        if (response.StatusCode is HttpStatusCode.SwitchingProtocols || response.Headers.TransferEncoding.Any(IsUnreadable))
        {
            return Refuse(context, exchange, new Refusal(
                RefusalCode.UpstreamUninspectable, "The upstream's answer changes the protocol or has a transfer coding that cannot be read.", Rule: "framing"));
        }

        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null; // free text that nobody reads (RFC 9112 section 4)
        RemoveOurFields(context.Response.Headers);
        if (InspectFields(exchange, state, context.Response.Headers, Carrier.HeaderValue) is { } canary)
        {
            return Refuse(context, exchange, Blocking.Canary(canary));
        }

        if (HttpMethods.IsHead(exchange.Method) || (int)response.StatusCode is 204 or 304)
        {
            return true;
        }

        if (!ContentCodings.TryParse(context.Response.Headers.ContentEncoding, out var codings))
        {
            return Refuse(context, exchange, new Refusal(
                RefusalCode.UpstreamUninspectable, "The upstream's answer has a Content-Encoding that cannot be read.", Rule: "content_encoding"));
        }

        var mayRewrite = IsText(context.Response.ContentType) && response.StatusCode is not HttpStatusCode.PartialContent;
        if (mayRewrite)
        {
            RemoveFieldsOfTheBody(context.Response.Headers);
        }

        var source = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var inspected = mayRewrite ? Rewritten(source, codings, exchange, state, IsEventStream(context.Response.ContentType)) : Observed(source, codings, exchange, state);
        response.Content = new StreamContent(new CountedBody(inspected, count => exchange.ResponseBytes += count));
        return true;
    }

    public void InspectTrailers(HttpContext context)
    {
        if (context.Features.Get<IHttpResponseTrailersFeature>() is { } feature)
        {
            InspectFields(
                context.Features.GetRequiredFeature<Exchange>(), context.Features.GetRequiredFeature<ExchangeState>(), feature.Trailers, Carrier.Trailer);
        }
    }

    private InspectedBody Rewritten(Stream source, IReadOnlyList<ContentCoding> codings, Exchange exchange, ExchangeState state, bool isEventStream)
    {
        var plan = state.Decision!.ResponsePlan;
        var redactor = Redactor(exchange, state, plan);
        var joiner = isEventStream ? new EventStreamJoiner(state.Detection, plan, Recorder(exchange), state.Capture is { } capture ? capture.Keep : null) : null;
        return codings.Count == 0
            ? new InspectedBody(source, redactor, [], joiner)
            : new InspectedBody(new DecodedBody(source, codings, options.DecodedRatio, RefusalCode.UpstreamUninspectable), redactor, codings, joiner);
    }

    private Stream Observed(Stream source, IReadOnlyList<ContentCoding> codings, Exchange exchange, ExchangeState state)
    {
        var plan = state.Decision!.ResponsePlan;
        var redactor = Redactor(exchange, state, plan with
        {
            Registered = FindingAction.Block,
            Rule = plan.Rule is FindingAction.Mask ? FindingAction.Alert : plan.Rule,
            Entropy = plan.Entropy is FindingAction.Mask ? FindingAction.Alert : plan.Entropy,
        });
        return codings.Count == 0
            ? new InspectedBody(source, redactor, [])
            : new ObservedBody(source, codings, options.DecodedRatio, RefusalCode.UpstreamUninspectable, redactor);
    }

    private static StreamRedactor Redactor(Exchange exchange, ExchangeState state, RedactionPlan plan) =>
        new(state.Detection, plan, Recorder(exchange), state.Capture is { } capture ? capture.Keep : null);

    private static Action<Detection, FindingAction> Recorder(Exchange exchange) => (found, action) =>
    {
        if (action is not FindingAction.Pass)
        {
            exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.Body, $"response@{found.Start}", action));
        }
    };

    private static bool IsUnreadable(TransferCodingHeaderValue coding) => !coding.Value.Equals("chunked", StringComparison.OrdinalIgnoreCase);

    private static bool Refuse(HttpContext context, Exchange exchange, Refusal refusal)
    {
        exchange.Refuse(refusal);
        context.Response.Clear();
        return false;
    }

    /// <summary>Masks what must not be read. Fields cannot be cut in two, so even what blocks a body is masked here; a canary's name is given back.</summary>
    private static SecretName? InspectFields(Exchange exchange, ExchangeState state, IHeaderDictionary fields, Carrier carrier)
    {
        SecretName? canary = null;
        using var head = HeadText.Of("", fields);
        var found = new List<Detection>();
        state.Detection.Find(head.Text, found);
        var plan = state.Decision!.ResponsePlan;
        foreach (var group in found.GroupBy(one => head.PartAt((int)one.Start)).ToList())
        {
            var part = group.Key;
            var masked = group.Where(one => plan.For(one.Kind) is FindingAction.Mask or FindingAction.Block).ToList();
            if (masked.Count == 0)
            {
                continue;
            }

            foreach (var one in masked)
            {
                canary = one.Kind is FindingKind.Canary ? one.Name : canary;
                exchange.Add(new Finding(one.Kind, one.Rule, one.Name, carrier, part.Name, FindingAction.Mask));
            }

            if (masked[0].Start < part.ValueStart)
            {
                fields.Remove(part.Name); // a name cannot be masked
                continue;
            }

            foreach (var one in masked)
            {
                state.Capture?.Keep(one, head.Text.Slice((int)one.Start, one.Length));
            }

            using var changed = new PooledOutput();
            var inValue = masked.Select(one => one with { Start = one.Start - part.ValueStart }).ToList();
            Splice.Mask(head.Text[part.ValueStart..part.End], inValue, changed);
            var values = fields[part.Name].ToArray();
            values[part.Index] = System.Text.Encoding.Latin1.GetString(changed.Written.Span);
            fields[part.Name] = new StringValues(values);
        }

        return canary;
    }

    /// <summary>What agents read in <c>X-SFW-*</c> is our word; no upstream may speak it.</summary>
    private static void RemoveOurFields(IHeaderDictionary headers)
    {
        foreach (var field in headers.Keys.Where(static name => name.StartsWith("X-SFW-", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            headers.Remove(field);
        }
    }

    private static void RemoveFieldsOfTheBody(IHeaderDictionary headers)
    {
        foreach (var field in FieldsOfTheBody)
        {
            headers.Remove(field);
        }

        if (headers.ETag.Count > 0 && !headers.ETag[0]!.StartsWith("W/", StringComparison.Ordinal))
        {
            headers.Remove(HeaderNames.ETag);
        }
    }

    /// <summary>What may be rewritten without breaking it. Everything else is a download.</summary>
    private static bool IsText(string? contentType)
    {
        var type = MediaType(contentType);
        return type.IsEmpty
            || type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/xml", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/javascript", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsEventStream(string? contentType) => MediaType(contentType).Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> MediaType(string? contentType)
    {
        var type = contentType.AsSpan();
        return type[..(type.IndexOf(';') is var end and >= 0 ? end : type.Length)].Trim();
    }
}
