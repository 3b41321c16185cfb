using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Inspection.AmazonStreams;
using SecretsFirewall.Inspection.Archives;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Inspection.Git;
using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// The answer, made fit for the agent: values turn back into references in fields, body and trailers. Text and JSON are rewritten while they
/// stream; downloads are never rewritten, a registered value in one aborts it.
/// </summary>
internal sealed class ResponseInspection(EnforcementOptions options, BufferBudget budget, McpServers servers)
{
    /// <summary>What a changed body would belie. They go where a body may change, whether it does or not: the head leaves before the body is read.</summary>
    private static readonly string[] FieldsOfTheBody =
        [HeaderNames.ContentLength, HeaderNames.ContentMD5, HeaderNames.AcceptRanges, "Digest", "Content-Digest", "Repr-Digest"];

    public async ValueTask<bool> InspectAsync(HttpContext context, HttpResponseMessage response)
    {
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        var state = context.Features.GetRequiredFeature<ExchangeState>();
        var isUpgraded = response.StatusCode is HttpStatusCode.SwitchingProtocols && exchange.WebSocket is not null;
        if ((response.StatusCode is HttpStatusCode.SwitchingProtocols && !isUpgraded)
            || response.Headers.TransferEncoding.Count > 1 || response.Headers.TransferEncoding.Any(IsUnreadable))
        {
            return Refuse(context, exchange, new Refusal(
                RefusalCode.UpstreamUninspectable, "The upstream's answer changes the protocol or has a transfer coding that cannot be read.", Rule: "framing"));
        }

        context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null; // free text that nobody reads (RFC 9112 section 4)
        RemoveOurFields(context.Response.Headers);
        foreach (var field in GrpcFormat.AcceptedFields)
        {
            if (context.Response.Headers[field] is { Count: > 0 } accepted)
            {
                context.Response.Headers[field] = GrpcFormat.NarrowAccepted(accepted); // the client would send what we must refuse
            }
        }

        if (InspectFields(exchange, state, context.Response.Headers, Carrier.HeaderValue) is { } refusal)
        {
            return Refuse(context, exchange, refusal);
        }

        if (isUpgraded)
        {
            return ReadExtensions(exchange, state, context.Response.Headers) is not { } unread || Refuse(context, exchange, unread);
        }

        state.Metering?.BeginAnswer(response, IsAmazonStream(context.Response.ContentType));
        if (HttpMethods.IsHead(exchange.Method) || (int)response.StatusCode is 204 or 304)
        {
            return true;
        }

        if (!ContentCodings.TryParse(context.Response.Headers.ContentEncoding, out var codings))
        {
            return Refuse(context, exchange, new Refusal(
                RefusalCode.UpstreamUninspectable, "The upstream's answer has a Content-Encoding that cannot be read.", Rule: "content_encoding"));
        }

        var contentType = context.Response.ContentType;
        var isCall = GrpcFormat.IsCall(contentType);
        if (!GrpcFormat.TryRead(contentType, isCall ? context.Response.Headers[GrpcFormat.EncodingFieldOf(contentType)] : "", out var format))
        {
            return Refuse(context, exchange, new Refusal(
                RefusalCode.UpstreamUninspectable, "The messages of the upstream's answer have an encoding that cannot be read.", Rule: "grpc_encoding"));
        }

        var isGated = ToolCalls.AreGated(exchange, state);
        var isReadOtherwise = response.IsSuccessStatusCode && ContentLabel.Charset(contentType) is not TextCharset.Utf8;
        if (isGated && (isCall || isReadOtherwise || !MayBeRead(exchange, response, contentType)))
        {
            return Refuse(context, exchange, Blocking.Explain(ToolGateStop.UnknownShape));
        }

        var isMcp = McpAnswers.AreGated(exchange, state, IsEventStream(contentType));
        if (isMcp && (isCall || isReadOtherwise || response.StatusCode is HttpStatusCode.PartialContent || !IsText(contentType)))
        {
            return Refuse(context, exchange, McpRewriter.Unreadable(ToolGateStop.UnknownShape));
        }

        var isPartial = response.StatusCode is HttpStatusCode.PartialContent;
        var mayRewrite = !isPartial && !isCall && (IsText(contentType) || IsAmazonStream(contentType));
        if (mayRewrite)
        {
            RemoveFieldsOfTheBody(context.Response.Headers);
        }

        var source = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var isOk = response.StatusCode is HttpStatusCode.OK;
        var inspected = mayRewrite ? Rewritten(source, codings, exchange, state, contentType, isGated ? FramingOf(response, contentType) : null, isMcp ? FramingOf(response, contentType) : null)
            : isCall ? Called(source, codings, exchange, state, format)
            : isOk && GitTraffic.IsFetchResult(contentType) ? Fetched(source, codings, exchange, state)
            : isOk && GitTraffic.IsLooseObject(contentType) ? Observed(source, [ContentCoding.Deflate, .. codings], exchange, state, contentType, isGated)
            : Observed(source, codings, exchange, state, contentType, isGated);
        response.Content = new StreamContent(new CountedBody(inspected, count =>
        {
            exchange.ResponseBytes += count;
            if (state.OverLimit(exchange) is { } over)
            {
                throw new RefusedException(over);
            }
        }));
        return true;
    }

    private static Refusal? ReadExtensions(Exchange exchange, ExchangeState state, IHeaderDictionary headers)
    {
        if (!PerMessageDeflate.TryReadAnswer(headers.SecWebSocketExtensions, exchange.WebSocket!.Offer, out var agreed))
        {
            return new(RefusalCode.UpstreamUninspectable, "The upstream answered with a WebSocket extension that cannot be read.", Rule: "websocket");
        }

        state.Deflate = agreed;
        return null;
    }

    public void InspectTrailers(HttpContext context)
    {
        if (context.Features.Get<IHttpResponseTrailersFeature>() is not { } feature)
        {
            return;
        }

        RemoveOurFields(feature.Trailers);
        var exchange = context.Features.GetRequiredFeature<Exchange>();
        if (InspectFields(exchange, context.Features.GetRequiredFeature<ExchangeState>(), feature.Trailers, Carrier.Trailer) is { } refusal)
        {
            // The body is with the client already. It must not take the message for whole.
            feature.Trailers.Clear();
            exchange.Refuse(refusal);
            context.Abort();
        }
    }

    /// <summary>
    /// False for what a model's answer could be that nobody reads calls in: parts of a body, and types that are neither text nor media. Where the path is one that
    /// answers with a message, media are no answer either.
    /// </summary>
    private static bool MayBeRead(Exchange exchange, HttpResponseMessage response, string? contentType)
    {
        var isMessage = TrafficRecogniser.DialectOfPath(exchange.Method, exchange.Path) is not LlmDialect.None;
        return ((IsText(contentType) || IsAmazonStream(contentType)) && response.StatusCode is not HttpStatusCode.PartialContent) || (IsMedia(contentType) && !isMessage);
    }

    private ToolGate Gate(Exchange exchange, ExchangeState state, AnswerFraming framing)
    {
        state.ToolCalls = new ToolCalls(exchange, state);
        return new ToolGate(framing, state.ToolCalls.Decide, exchange.Id, options.LlmBufferBytes);
    }

    private static AnswerFraming FramingOf(HttpResponseMessage response, string? contentType) =>
        ContentLabel.SaysJsonLines(contentType) ? AnswerFraming.JsonLines
        : ContentLabel.SaysJson(contentType) ? AnswerFraming.Json
        : IsEventStream(contentType) ? AnswerFraming.Events
        : IsAmazonStream(contentType) ? AnswerFraming.Frames
        : response.IsSuccessStatusCode ? AnswerFraming.Text
        : AnswerFraming.ErrorText;

    /// <param name="gated">How a model frames it, where its calls are decided.</param>
    /// <param name="mcp">The same of a server of tools.</param>
    private InspectedBody Rewritten(
        Stream source, IReadOnlyList<ContentCoding> codings, Exchange exchange, ExchangeState state, string? contentType, AnswerFraming? gated, AnswerFraming? mcp)
    {
        var plan = state.Decision!.ResponsePlan;
        MaskedValue? onMasked = state.Capture is { } capture ? capture.Keep : null;
        IBodyRewriter rewriter = IsAmazonStream(contentType)
            ? new AmazonStreamRewriter(new AmazonStreamRedactor(state.Detection, plan, Recorder(exchange), onMasked))
            : new TextRewriter(Redactor(exchange, state, plan), Joiner(exchange, state, plan, contentType));
        rewriter = mcp is { } ofServer ? new McpRewriter(rewriter, new McpAnswers(exchange, state, servers).Open(ofServer, options.BufferBytes)) : rewriter;
        rewriter = Metered(rewriter, state);
        rewriter = gated is { } ofModel ? new GatedRewriter(rewriter, Gate(exchange, state, ofModel)) : rewriter;
        var decoded = codings.Count == 0 ? source : new DecodedBody(source, codings, options.DecodedRatio, RefusalCode.UpstreamUninspectable);
        return new InspectedBody(new ArchiveCheckedBody(decoded, body => Unpacked(body, [], exchange, state)), rewriter, codings);
    }

    /// <summary>Counted as the upstream sent it, before anything is changed.</summary>
    private static IBodyRewriter Metered(IBodyRewriter rewriter, ExchangeState state) =>
        state.Metering is { Reader: { } reader } ? new MeteredRewriter(rewriter, reader) : rewriter;

    /// <summary>Joins what several events spell together: in event streams, and in whatever a model streams under other names.</summary>
    private static EventStreamJoiner? Joiner(Exchange exchange, ExchangeState state, RedactionPlan plan, string? contentType)
    {
        var isEventStream = IsEventStream(contentType);
        return isEventStream || IsModel(exchange, state)
            ? new EventStreamJoiner(state.Detection, plan, Recorder(exchange), state.Capture is { } capture ? capture.Keep : null, isEventStream)
            : null;
    }

    private static bool IsModel(Exchange exchange, ExchangeState state) => exchange.Kind is DestinationKind.Llm || state.Traffic.Shape is TrafficShape.Llm;

    /// <summary>The messages of a call.</summary>
    private ObservedBody Called(Stream source, IReadOnlyList<ContentCoding> codings, Exchange exchange, ExchangeState state, GrpcFormat format)
    {
        var plan = state.Decision!.ResponsePlan with { InsteadOfMask = FindingAction.Alert };
        var inspection = new GrpcInspection(
            state.Detection,
            format,
            new GrpcLimits(options.GrpcMessageBytes, options.DecodedRatio),
            one => plan.For(one.Kind, one.Rule, one.Name),
            (found, action, location) => exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.Body, $"response:{location}", action)));
        return new ObservedBody(
            source, codings, options.DecodedRatio, RefusalCode.UpstreamUninspectable,
            new GrpcObserver(inspection, RefusalCode.UpstreamUninspectable, budget, exchange.Agent.Name));
    }

    private Stream Observed(Stream source, IReadOnlyList<ContentCoding> codings, Exchange exchange, ExchangeState state, string? contentType, bool isGated)
    {
        var plan = state.Decision!.ResponsePlan with { InsteadOfMask = FindingAction.Alert };
        var redactor = Redactor(exchange, state, plan);
        Stream asText = codings.Count == 0
            ? new InspectedBody(source, Metered(new TextRewriter(redactor, IsMedia(contentType) ? null : Joiner(exchange, state, plan, contentType)), state), [])
            : new ObservedBody(source, codings, options.DecodedRatio, RefusalCode.UpstreamUninspectable, redactor);
        return !IsMedia(contentType) ? Unpacked(asText, codings, exchange, state)
            : isGated ? new ObservedBody(asText, codings, options.DecodedRatio, RefusalCode.UpstreamUninspectable, new MediaObserver())
            : asText;
    }

    private ObservedBody Unpacked(Stream source, IReadOnlyList<ContentCoding> codings, Exchange exchange, ExchangeState state) =>
        new(source, codings, options.DecodedRatio, RefusalCode.UpstreamUninspectable, new ArchiveObserver(ArchiveInspection.OfRegistered(
            state.Detection,
            state.Decision!.ResponsePlan with { InsteadOfMask = FindingAction.Alert },
            (found, action, location) => exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.Body, $"response:{location}", action)))));

    /// <summary>What git fetches: its pack is compressed object by object.</summary>
    private ObservedBody Fetched(Stream source, IReadOnlyList<ContentCoding> codings, Exchange exchange, ExchangeState state)
    {
        var inspection = new GitInspection(
            state.Detection,
            state.Decision!.ResponsePlan with { InsteadOfMask = FindingAction.Alert },
            new PackLimits(options.GitObjects, options.GitObjectBytes),
            (found, action, location) => exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.Body, $"response:{location}", action)),
            hasBands: true,
            state.GitHashBytes);
        return new ObservedBody(source, codings, options.DecodedRatio, RefusalCode.UpstreamUninspectable, new GitObserver(inspection, RefusalCode.UpstreamUninspectable));
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

    /// <summary>
    /// Masks in fields, which cannot be refused one by one: what would block is masked as well. A token that is only masked elsewhere stays and is
    /// recorded: cookies, and redirects to signed addresses, would not work without it.
    /// </summary>
    /// <returns>Why the fields may not be passed on: they could not be read, or hold a canary.</returns>
    private static Refusal? InspectFields(Exchange exchange, ExchangeState state, IHeaderDictionary fields, Carrier carrier)
    {
        try
        {
            using var head = HeadText.Of("", fields);
            var found = new List<Detection>();
            state.Detection.Find(head.Text, found);
            if (found.Count == 0)
            {
                return null;
            }

            foreach (var group in found.GroupBy(one => head.PartAt((int)one.Start)).ToList())
            {
                if (InspectField(exchange, state, head, group.Key, [.. group], fields, carrier) is { } refusal)
                {
                    return refusal;
                }
            }

            return null;
        }
        catch (Exception e) when (e is not RefusedException)
        {
            exchange.Fault = e;
            return Blocking.Failed;
        }
    }

    private static Refusal? InspectField(
        Exchange exchange, ExchangeState state, HeadText head, HeadPart part, List<Detection> found, IHeaderDictionary fields, Carrier carrier)
    {
        var masked = new List<Detection>();
        foreach (var one in found)
        {
            var action = one.ActionUnder(state.Decision!.ResponsePlan);
            if (one.Kind is FindingKind.Unread)
            {
                return Blocking.Explain(one);
            }

            if (one.Kind is FindingKind.Canary)
            {
                exchange.Add(new Finding(one.Kind, one.Rule, one.Name, carrier, part.Name, FindingAction.Block));
                return Blocking.Explain(one);
            }

            if (action is FindingAction.Block || (action is FindingAction.Mask && one.Kind is FindingKind.Registered))
            {
                state.Capture?.Keep(one, head.Text.Slice((int)one.Start, one.Length));
                masked.Add(one with { Start = one.Start - part.ValueStart });
                action = FindingAction.Mask;
            }
            else if (action is FindingAction.Mask)
            {
                action = FindingAction.Alert;
            }

            if (action is not FindingAction.Pass)
            {
                exchange.Add(new Finding(one.Kind, one.Rule, one.Name, carrier, part.Name, action));
            }
        }

        if (masked.Count == 0)
        {
            return null;
        }

        if (masked[0].Start < 0)
        {
            fields.Remove(part.Name); // a name cannot be masked
            return null;
        }

        using var changed = new PooledOutput();
        Splice.Mask(head.Text[part.ValueStart..part.End], masked, changed);
        var values = fields[part.Name].ToArray();
        values[part.Index] = System.Text.Encoding.Latin1.GetString(changed.Written.Span);
        fields[part.Name] = new StringValues(values);
        return null;
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
        var type = ContentLabel.MediaType(contentType);
        return type.IsEmpty
            || type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("jsonl", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/xml", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/javascript", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>No archive is one of these, and they are large, or many, or never end.</summary>
    private static bool IsMedia(string? contentType)
    {
        var type = ContentLabel.MediaType(contentType);
        return type.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            || type.StartsWith("video/", StringComparison.OrdinalIgnoreCase)
            || type.StartsWith("audio/", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsAmazonStream(string? contentType) =>
        ContentLabel.MediaType(contentType).Equals("application/vnd.amazon.eventstream", StringComparison.OrdinalIgnoreCase);

    private static bool IsEventStream(string? contentType) => ContentLabel.MediaType(contentType).Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);
}
