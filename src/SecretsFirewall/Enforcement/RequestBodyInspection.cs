using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsFirewall.Inspection.Archives;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Fragments;
using SecretsFirewall.Inspection.Git;
using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.Usage;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// One request's body on its way out.
/// <code>
///   none ─────────────────────────────────────────────► nothing to do
///   sized up to the limit, or looks like JSON ─► read whole ─► decode ─► inspect ─► as it came, or spliced and coded again
///   larger, or of unknown length ──────────────► streams under inspection; a finding that would change it aborts
///   a git push ─► up to the limit read whole; larger ─► streams; its objects are inspected, and nothing is rewritten
///   gRPC, Connect ─► with a length read whole; else message by message; nothing is rewritten
/// </code>
/// A body that is read whole and holds nothing leaves in its original coded bytes.
/// </summary>
internal sealed class RequestBodyInspection(
    HttpContext context,
    Exchange exchange,
    ExchangeState state,
    CarrierInspection inspection,
    Audience audience,
    EnforcementOptions options,
    BufferBudget budget,
    McpServers servers,
    TimeProvider time) : IDisposable
{
    /// <summary>JSON may begin with blanks (RFC 8259 section 2), so a body is told by its first other byte; one with more blanks than this is taken for JSON.</summary>
    private const int MostLeadingBlanks = 8 * 1024;

    /// <summary>What a body of unknown length begins with.</summary>
    private const int UndeclaredBytes = 64 * 1024;

    private readonly List<IDisposable> _held = [];
    private readonly RequestGate? _gate = RequestGate.Of(context, exchange, state, servers);
    private long _taken;
    private Refusal? _full;

    /// <summary>The body as the client sent it; empty without one, null where it was not read whole.</summary>
    public ReadOnlyMemory<byte>? Received { get; private set; } = ReadOnlyMemory<byte>.Empty;

    /// <summary>The body as it is to leave; null where it was not read whole.</summary>
    public ReadOnlyMemory<byte>? Leaving { get; private set; } = ReadOnlyMemory<byte>.Empty;

    /// <summary>The body decoded, as the client wrote it; null where it was not read whole as one text.</summary>
    public ReadOnlyMemory<byte>? Text { get; private set; }

    /// <summary>All of it was inspected before anything leaves; true without a body.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Something was taken out of the body: a signature over it would be wrong.</summary>
    public bool HasCuts => _gate?.Changed is not null;

    private int Limit => exchange.Kind is DestinationKind.Llm || state.Traffic.Shape is TrafficShape.Llm ? options.LlmBufferBytes : options.BufferBytes;

    public async Task<Refusal?> InspectAsync()
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            IsWhole = true;
            return null;
        }

        if (!ContentCodings.TryParse(context.Request.Headers.ContentEncoding, out var codings, SignedRequests.IsAwsUpload(context.Request.Headers)))
        {
            return new(
                RefusalCode.Uninspectable, "The request's Content-Encoding cannot be read.", Rule: "content_encoding",
                Advice: "Send the body uncompressed, or with gzip, deflate or br.");
        }

        try
        {
            return await InspectAsync(codings) ?? _gate?.End();
        }
        catch (RefusedException e)
        {
            return e.Refusal;
        }
    }

    public void Dispose()
    {
        foreach (var held in _held)
        {
            held.Dispose();
        }

        _gate?.Changed?.Dispose();
        budget.GiveBack(exchange.Agent.Name, _taken);
    }

    private async Task<Refusal?> InspectAsync(IReadOnlyList<ContentCoding> codings)
    {
        if (GitTraffic.IsPush(exchange.Path, context.Request.ContentType))
        {
            return await InspectFramedAsync(codings, Push);
        }

        if (GrpcFormat.IsCall(context.Request.ContentType))
        {
            return await InspectGrpcAsync(codings);
        }

        var declared = context.Request.ContentLength;
        if (state.Pending is not null && declared > Limit)
        {
            return TooLarge; // nobody agrees to what was not read
        }

        WholeBody? raw = null;
        if (state.Pending is null && (declared > Limit || (declared is null && codings.Count == 0)))
        {
            raw = Hold(new WholeBody(16 * 1024));
            int? count;
            do
            {
                count = await raw.ReadOnceAsync(context.Request.Body, options.BodyTimeout, time, context.RequestAborted);
                if (count is null)
                {
                    return Slow;
                }
            }
            while (count > 0 && codings.Count == 0 && JsonBody.IsBlank(raw.Bytes.Span) && raw.Bytes.Length < MostLeadingBlanks);

            if (!await LooksLikeJsonAsync(raw.Bytes, codings))
            {
                return _gate?.InspectStart(raw.Bytes.Span) ?? Stream(raw.Bytes, codings);
            }

            if (declared > Limit)
            {
                return TooLarge;
            }
        }

        if (!TryTake(declared ?? UndeclaredBytes))
        {
            return _full;
        }

        raw ??= Hold(new WholeBody((int)(declared + 1 ?? UndeclaredBytes))); // not before its bytes are granted: a declared length costs nothing
        return await ReadAsync(raw, context.Request.Body) ?? await InspectWholeAsync(raw, codings);
    }

    /// <summary>Null where the body was read to its end.</summary>
    private async Task<Refusal?> ReadAsync(WholeBody body, Stream source) =>
        await body.ReadAsync(source, Limit, TryTake, options.BodyTimeout, time, context.RequestAborted) switch
        {
            WholeBodyResult.Read => null,
            WholeBodyResult.TimedOut => Slow,
            WholeBodyResult.NoRoom => _full,
            _ => TooLarge,
        };

    private bool TryTake(long bytes)
    {
        _full = budget.Take(exchange.Agent.Name, bytes);
        _taken += _full is null ? bytes : 0;
        return _full is null;
    }

    private async Task<Refusal?> InspectGrpcAsync(IReadOnlyList<ContentCoding> codings)
    {
        if (!GrpcFormat.TryRead(context.Request.ContentType, context.Request.Headers[GrpcFormat.EncodingFieldOf(context.Request.ContentType)], out var format))
        {
            return new(
                RefusalCode.Uninspectable, "The encoding of the request's messages cannot be read.", Rule: "grpc_encoding",
                Advice: "Send messages uncompressed, or with gzip or deflate.");
        }

        if (context.Request.ContentLength <= Limit || state.Pending is not null)
        {
            return await InspectFramedAsync(codings, () => Grpc(format)); // a call that is whole: the upstream need not see its head
        }

        Received = Leaving = null;
        var source = new CountedBody(context.Request.Body, Count);
        context.Request.Body = Hold(new ObservedBody(source, codings, options.DecodedRatio, RefusalCode.Uninspectable, Grpc(format)));
        return null;
    }

    private GrpcObserver Grpc(GrpcFormat format) => new(
        new GrpcInspection(
            state.Detection,
            format,
            new GrpcLimits(options.GrpcMessageBytes, options.DecodedRatio),
            InMessage,
            (found, action, location) => exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.Body, location, action))),
        RefusalCode.Uninspectable,
        budget,
        exchange.Agent.Name);

    /// <summary>Nothing is rewritten in a message; what only looks like a secret does not break it either.</summary>
    private FindingAction InMessage(Detection one) =>
        state.Decision!.RequestPlan.For(one.Kind, one.Rule, one.Name) is var action && action is FindingAction.Mask ? InBinary(one) : action;

    /// <summary>
    /// Reads a push or a call up to the limit, whether its length is declared or not: of one that ends there the upstream hears nothing unless it is clean.
    /// </summary>
    private async Task<Refusal?> InspectFramedAsync(IReadOnlyList<ContentCoding> codings, Func<IBodyObserver> observe)
    {
        if (!TryTake(UndeclaredBytes))
        {
            return _full;
        }

        var raw = Hold(new WholeBody(UndeclaredBytes));
        var result = await raw.ReadAsync(context.Request.Body, Limit, TryTake, options.BodyTimeout, time, context.RequestAborted);
        if (result is WholeBodyResult.TimedOut or WholeBodyResult.NoRoom)
        {
            return result is WholeBodyResult.TimedOut ? Slow : _full;
        }

        if (result is WholeBodyResult.TooLarge && state.Pending is not null)
        {
            return TooLarge;
        }

        if (result is WholeBodyResult.TooLarge)
        {
            var source = new CountedBody(new PrefixedBody(raw.Bytes, context.Request.Body), Count);
            context.Request.Body = Hold(new ObservedBody(source, codings, options.DecodedRatio, RefusalCode.Uninspectable, observe()));
            return null;
        }

        exchange.RequestBytes = raw.Bytes.Length;
        (Received, Leaving, IsWhole) = (raw.Bytes, raw.Bytes, true);
        state.KeepForApproval(raw.Bytes.Span);
        context.Request.Body = new ReadOnlyMemoryStream(raw.Bytes);
        return state.OverLimit(exchange) is { } over ? over
            : HasTrailers ? TrailersBehind
            : codings.Count == 0 ? Observe(raw.Bytes.Span, observe)
            : await ObserveAsync(raw.Bytes, codings, observe) ?? InspectCoded(raw.Bytes.Span);
    }

    private static Refusal? Observe(ReadOnlySpan<byte> body, Func<IBodyObserver> observe)
    {
        using var observer = observe();
        return observer.Take(body) ?? observer.End();
    }

    private async Task<Refusal?> ObserveAsync(ReadOnlyMemory<byte> coded, IReadOnlyList<ContentCoding> codings, Func<IBodyObserver> observe)
    {
        using var observer = observe();
        using var decoder = new DecodedBody(new ReadOnlyMemoryStream(coded), codings, options.DecodedRatio, RefusalCode.Uninspectable);
        var piece = TrafficBuffers.Rent(64 * 1024);
        try
        {
            while (await decoder.ReadAsync(piece, context.RequestAborted) is var count and > 0)
            {
                if (observer.Take(piece.AsSpan(0, count)) is { } refusal)
                {
                    return refusal;
                }
            }

            return observer.End();
        }
        finally
        {
            TrafficBuffers.Return(piece);
        }
    }

    private bool HasTrailers => context.Features.Get<IHttpRequestTrailersFeature>() is { Available: true, Trailers.Count: > 0 };

    private GitObserver Push() => new(
        new GitInspection(
            state.Detection,
            state.Decision!.RequestPlan with { InsteadOfMask = FindingAction.Block },
            new PackLimits(options.GitObjects, options.GitObjectBytes),
            (found, action, location) => exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.Body, location, action))),
        RefusalCode.Uninspectable);

    private ArchiveObserver Archive() => new(ArchiveInspection.OfRegistered(
        state.Detection,
        state.Decision!.RequestPlan with { InsteadOfMask = FindingAction.Block },
        (found, action, location) => exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.Body, location, action))));

    private async Task<Refusal?> InspectWholeAsync(WholeBody raw, IReadOnlyList<ContentCoding> codings)
    {
        var decoded = raw;
        if (codings.Count > 0)
        {
            var most = (int)Math.Min(raw.Bytes.Length * 4L, Limit); // what JSON most often comes to; more is granted as it grows
            if (!TryTake(most))
            {
                return _full;
            }

            decoded = Hold(new WholeBody(most));
            using var decoder = new DecodedBody(new ReadOnlyMemoryStream(raw.Bytes), codings, options.DecodedRatio, RefusalCode.Uninspectable);
            if (await ReadAsync(decoded, decoder) is { } unread)
            {
                return unread;
            }
        }

        if (HasTrailers)
        {
            return TrailersBehind;
        }

        exchange.RequestBytes = raw.Bytes.Length;
        (Text, IsWhole) = (decoded.Bytes, true);
        if (state.OverLimit(exchange) is { } over)
        {
            return over;
        }

        if (GitTraffic.IsFetchRequest(context.Request.ContentType))
        {
            state.GitHashBytes = GitTraffic.HashBytes(decoded.Bytes.Span);
        }

        if (GitTraffic.LooksLikePush(decoded.Bytes.Span) && Observe(decoded.Bytes.Span, Push) is { } inPack)
        {
            return inPack;
        }

        if (ArchiveInspection.MayBegin(decoded.Bytes.Span) && Observe(decoded.Bytes.Span, Archive) is { } inArchive)
        {
            return inArchive;
        }

        var edits = new List<Splice.Edit>();
        if (Recognise(decoded.Bytes.Span) is { } denied)
        {
            return denied;
        }

        if (CallMetering.MayBeCall(exchange, state))
        {
            state.Figures = RequestFigures.Read(exchange.Path, decoded.Bytes.Span);
        }

        if (_gate?.Inspect(decoded.Bytes) is { } gated)
        {
            return gated;
        }

        // What was taken out does not leave, so nobody need look for secrets in it.
        var text = _gate?.Changed?.Written ?? decoded.Bytes;
        if (InspectText(text.Span, edits) is { } refusal)
        {
            return refusal;
        }

        Received = Leaving = raw.Bytes;
        if (edits.Count == 0 && !HasCuts)
        {
            state.KeepForApproval(decoded.Bytes.Span);
            context.Request.Body = new ReadOnlyMemoryStream(raw.Bytes);
            return codings.Count == 0 ? null : InspectCoded(raw.Bytes.Span);
        }

        if (codings.Contains(ContentCoding.AwsChunked))
        {
            return SignedRequests.Covered; // its checksums stand behind the chunks
        }

        var changed = Hold(new PooledOutput());
        Splice.Apply(text.Span, edits, changed);
        state.KeepForApproval(changed.Written.Span);
        var coded = codings.Count == 0 ? changed : Encode(changed.Written.Span, codings);
        Leaving = coded.Written;
        context.Request.Body = new ReadOnlyMemoryStream(coded.Written);
        if (context.Request.ContentLength is not null)
        {
            context.Request.ContentLength = coded.Count;
        }

        return null;
    }

    /// <summary>
    /// Gzip has names and comments, brotli has metadata: bytes that stand in the coded body as they are and that no decoder gives out.
    /// They would leave with a body that is passed as it came; one that is coded again has none.
    /// </summary>
    private Refusal? InspectCoded(ReadOnlySpan<byte> coded)
    {
        var found = new List<Detection>();
        state.Detection.Find(coded, found);
        var decided = exchange.Findings.Where(static one => one.Carrier is Carrier.Body).Select(static one => one.Name).ToHashSet();
        if (found.Find(one => one.Kind is FindingKind.Unread
            || (one.Kind is FindingKind.Canary or FindingKind.Registered or FindingKind.Rule && !decided.Contains(one.Name))) is not { Length: > 0 } secret)
        {
            return null;
        }

        exchange.Add(new Finding(secret.Kind, secret.Rule, secret.Name, Carrier.Body, "coded", FindingAction.Block));
        return Blocking.Explain(secret, "A secret stands in the coded body, outside of what decodes.");
    }

    private Refusal? InspectText(ReadOnlySpan<byte> text, List<Splice.Edit> edits)
    {
        var found = new List<Detection>();
        state.Detection.Find(text, found);
        return (found.Count == 0 ? null : InspectFound(text, found, edits)) ?? InspectFragments(text, found);
    }

    /// <summary>What no string of a JSON body holds, but several spell together.</summary>
    private Refusal? InspectFragments(ReadOnlySpan<byte> text, List<Detection> found)
    {
        var plan = state.Decision!.RequestPlan;
        if (!JsonBody.LooksLikeJson(text))
        {
            return null;
        }

        var replaced = found.FindAll(one => one.Kind is not FindingKind.Reference && one.ActionUnder(plan) is FindingAction.Mask or FindingAction.Block);
        if (FragmentSearch.Find(text, state.Detection, replaced, one => CountsInPieces(one, state)) is not { } fragment)
        {
            return null;
        }

        exchange.Add(new Finding(fragment.Kind, fragment.Rule, fragment.Name, Carrier.Body, $"fragments@{fragment.Start}", FindingAction.Block));
        var refusal = Blocking.Explain(fragment, "A secret stands in pieces in several strings of the body.");
        return fragment.Kind is FindingKind.Unread ? refusal : refusal with { Rule = "fragmented_secret" };
    }

    /// <summary>Words that are joined by chance look like a password more easily than like a token.</summary>
    public static bool CountsInPieces(Detection one, ExchangeState state) =>
        (one.Kind is FindingKind.Canary or FindingKind.Registered or FindingKind.Unread || (one is { Kind: FindingKind.Rule, Confidence: RuleConfidence.High } && state.InForce.Audiences.Find(one.Rule)?.IsAnyones is not true))
        && one.ActionUnder(state.Decision!.RequestPlan) is FindingAction.Mask or FindingAction.Block;

    private Refusal? InspectFound(ReadOnlySpan<byte> text, List<Detection> found, List<Splice.Edit> edits)
    {
        var defect = JsonBody.LooksLikeJson(text) ? JsonBody.Check(text) : JsonDefect.NotJson;
        if (defect is not (JsonDefect.None or JsonDefect.NotJson)
            && found.Exists(static one => one.Kind is not FindingKind.Reference) && !found.Exists(static one => one.Kind is FindingKind.Canary))
        {
            // What may be rewritten rests on how the upstream reads it. (A reference in such a body stands in no place and is refused below.)
            return new(RefusalCode.MalformedRequest, "The JSON body can be read in more than one way (duplicate keys, a byte order mark, invalid UTF-8).", Rule: "json");
        }

        var isJson = defect is JsonDefect.None;
        var places = isJson ? JsonBody.Locate(text, [.. found.Select(one => (int)one.Start)]) : [];
        var byOffset = new Dictionary<long, JsonPlace>();
        for (var i = 0; i < places.Count; i++)
        {
            byOffset[found[i].Start] = places[i];
        }

        var isText = Utf8.IsValid(text);
        return inspection.Inspect(
            text,
            found,
            (whole, one) => PlaceOf(whole, one, byOffset),
            one => !isText ? InBinary(one) : byOffset.TryGetValue(one.Start, out var json) && json.IsProtected ? InProtected(one) : null,
            (whole, one) => audience.IsAtHome(whole, one, AuthenticationPlaceOf(whole, one, byOffset)),
            one => (Carrier.Body, byOffset.TryGetValue(one.Start, out var json) ? json.Pointer : $"@{one.Start}"),
            edits);
    }

    /// <summary>Ids, signatures and encrypted parts may look like a token; a value of the vault is none by chance.</summary>
    public static FindingAction InProtected(Detection one) => one.Kind is FindingKind.Registered ? FindingAction.Block : FindingAction.Alert;

    /// <summary>What is no text cannot be rewritten, and is no way out either: a token that is surely one blocks.</summary>
    public static FindingAction InBinary(Detection one) =>
        one is { Kind: FindingKind.Registered } or { Kind: FindingKind.Rule, Confidence: RuleConfidence.High } ? FindingAction.Block : FindingAction.Alert;

    private Place? PlaceOf(ReadOnlySpan<byte> text, Detection one, Dictionary<long, JsonPlace> json)
    {
        if (json.TryGetValue(one.Start, out var place))
        {
            return place is { IsWholeString: true, IsKey: false }
                ? new Place(
                    BindingPlace.Json, place.Pointer, place.ValueStart, place.ValueLength, JsonStringCodec.Decode(text.Slice(place.ValueStart, place.ValueLength)))
                : null;
        }

        return IsForm ? Place.InPairs(BindingPlace.Form, text, 0, (int)one.Start) : null;
    }

    /// <summary>What is in a model's body, the model reads.</summary>
    private AuthenticationPlace AuthenticationPlaceOf(ReadOnlySpan<byte> text, Detection one, Dictionary<long, JsonPlace> json) =>
        exchange.Kind is DestinationKind.Llm ? AuthenticationPlace.None
        : json.TryGetValue(one.Start, out var place) ? AuthenticationPlaces.OfJson(exchange.Path, place.Pointer)
        : IsForm ? AuthenticationPlaces.OfForm(exchange.Path, text, (int)one.Start)
        : AuthenticationPlace.None;

    private bool IsForm =>
        context.Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is true;

    /// <summary>Model and MCP traffic is known by its shape on any host. Where the head did not show it, policy is asked again before anything leaves.</summary>
    private Refusal? Recognise(ReadOnlySpan<byte> body)
    {
        if (state.Traffic.Shape is TrafficShape.Llm || !JsonBody.LooksLikeJson(body))
        {
            return null;
        }

        var traffic = TrafficRecogniser.Recognise(exchange.Method, exchange.Path, body);
        if (traffic.Shape is TrafficShape.Other)
        {
            return null;
        }

        state.Traffic = traffic;
        return ShownTraffic.Ask(exchange, state, ShownTraffic.IsLlm(traffic), ShownTraffic.IsMcp(traffic));
    }

    /// <summary>
    /// Passes the body on while it is inspected. Toward a model and without a declared length it is masked on its way; otherwise its length is
    /// promised or its meaning unknown, so nothing is rewritten and a finding aborts.
    /// </summary>
    private Refusal? Stream(ReadOnlyMemory<byte> prefix, IReadOnlyList<ContentCoding> codings)
    {
        Received = Leaving = null;
        var plan = state.Decision!.RequestPlan;
        var mayRewrite = exchange.Kind is DestinationKind.Llm && context.Request.ContentLength is null && codings.Count == 0
            && !SignedRequests.IsSigned(context.Request.Headers, exchange.Target);
        var redactor = new StreamRedactor(state.Detection, mayRewrite ? plan : plan with { InsteadOfMask = FindingAction.Block }, (found, action) =>
            exchange.Add(new Finding(found.Kind, found.Rule, found.Name, Carrier.Body, $"@{found.Start}", action)), state.Capture is { } capture ? capture.Keep : null);
        Stream source = new CountedBody(new PrefixedBody(prefix, context.Request.Body), Count);
        if (codings.Count > 0 || ArchiveInspection.MayBegin(prefix.Span))
        {
            source = Hold(new ObservedBody(source, codings, options.DecodedRatio, RefusalCode.Uninspectable, Archive()));
        }

        context.Request.Body = codings.Count == 0 && GitTraffic.LooksLikePush(prefix.Span)
            ? Hold(new ObservedBody(source, [], options.DecodedRatio, RefusalCode.Uninspectable, Push()))
            : codings.Count == 0
            ? Hold(new InspectedBody(source, redactor, []))
            : Hold(new ObservedBody(source, codings, options.DecodedRatio, RefusalCode.Uninspectable, redactor));
        return null;
    }

    private async Task<bool> LooksLikeJsonAsync(ReadOnlyMemory<byte> prefix, IReadOnlyList<ContentCoding> codings)
    {
        if (codings.Count == 0)
        {
            return JsonBody.LooksLikeJson(prefix.Span) || (JsonBody.IsBlank(prefix.Span) && prefix.Length >= MostLeadingBlanks);
        }

        var start = new byte[64];
        using var decoder = ContentCodings.Decode(new MemoryStream(prefix.ToArray()), codings);
        try
        {
            var count = await decoder.ReadAsync(start, context.RequestAborted);
            return JsonBody.LooksLikeJson(start.AsSpan(0, count)) || JsonBody.IsWide(start.AsSpan(0, count))
                || JsonBody.IsBlank(start.AsSpan(0, count)); // blanks do not tell, whatever is behind them
        }
        catch (InvalidDataException)
        {
            return true; // the prefix is too short to tell: read it whole, or refuse it as too large
        }
    }

    private PooledOutput Encode(ReadOnlySpan<byte> text, IReadOnlyList<ContentCoding> codings)
    {
        using var target = new MemoryStream();
        using (var encoder = ContentCodings.Encode(target, codings))
        {
            encoder.Write(text);
        }

        var coded = Hold(new PooledOutput());
        target.GetBuffer().AsSpan(0, (int)target.Length).CopyTo(coded.GetSpan((int)target.Length));
        coded.Advance((int)target.Length);
        return coded;
    }

    private T Hold<T>(T held)
        where T : IDisposable
    {
        _held.Add(held);
        return held;
    }

    private void Count(int count)
    {
        exchange.RequestBytes += count;
        if (state.OverLimit(exchange) is { } over)
        {
            throw new RefusedException(over); // the upstream never sees its end
        }
    }

    public static Refusal OverLimit(PolicyDecision decision) => new(
        RefusalCode.ScopeExceeded, "It carries more than the rule allows.", decision.Rule, Advice: "The operator can raise limits of the rule.");

    private Refusal TooLarge => new(
        RefusalCode.TooLarge, $"The body is larger than the {Limit / (1024 * 1024)} MiB that may be read before a decision.", Rule: "limits.buffer_bytes",
        Advice: "The operator can raise limits.buffer_bytes or limits.llm_buffer_bytes.");

    private static Refusal TrailersBehind { get; } = new(
        RefusalCode.MalformedRequest, "Trailers behind a request's body cannot be forwarded.", Rule: "trailers");

    private static Refusal Slow { get; } = new(RefusalCode.Timeout, "The request's body did not arrive in time.", Rule: "limits.body_timeout");
}
