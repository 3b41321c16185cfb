using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.ModelRequests;

namespace SecretsFirewall.Enforcement;

/// <summary>What an agent asks of models: which one, how much, and with which tools. Tools that it may not have are taken out of the request, or refuse it.</summary>
internal sealed class ModelRequests(Exchange exchange, ExchangeState state)
{
    private const string Unclear = "model_request";

    public static Refusal Unreadable { get; } = new(
        RefusalCode.MalformedRequest, "The request to a model has no body that a decision can rest on: JSON with one meaning, in the shape of a provider that is known.", Rule: Unclear);

    /// <summary>The body without the tools that were taken out; null where none was.</summary>
    public PooledOutput? Changed { get; private set; }

    /// <summary>False until a request to a model was seen.</summary>
    public bool WasAsked { get; private set; }

    public static bool AreGated(ExchangeState state) => state.Policy.AsksAt(PolicyStage.ModelRequest) || state.Policy.AsksAt(PolicyStage.ToolOffer);

    public Refusal? Inspect(ReadOnlyMemory<byte> body)
    {
        if (!JsonBody.LooksLikeJson(body.Span))
        {
            return null; // on a path of models the end refuses it
        }

        var isListed = exchange.Kind is DestinationKind.Llm;
        var dialect = TrafficRecogniser.DialectOfBody(exchange.Method, exchange.Path, body.Span);
        if (dialect is LlmDialect.None && isListed && (JsonBody.Check(body.Span) is not JsonDefect.None || ModelRequest.IsOne(body)))
        {
            dialect = TrafficRecogniser.DialectOfProvider(state.Decision!.Provider);
        }

        if (dialect is LlmDialect.None)
        {
            return null;
        }

        WasAsked = true;
        if (ModelRequest.Read(dialect, state.Decision!.Provider, exchange.Path, body) is not { } request)
        {
            return Unreadable;
        }

        return Decide(request) ?? (state.Policy.AsksAt(PolicyStage.ToolOffer) ? DecideOffers(request) : null);
    }

    /// <summary>A message of a WebSocket to a model: it may ask, or set up what later ones ask.</summary>
    public Refusal? InspectMessage(ReadOnlyMemory<byte> message)
    {
        Changed?.Dispose();
        Changed = null;
        if (ModelRequest.ReadMessage(state.Decision!.Provider, exchange.Target, message, isFirst: !WasAsked) is not { } request)
        {
            return Unreadable;
        }

        WasAsked = true;
        return Decide(request) ?? (state.Policy.AsksAt(PolicyStage.ToolOffer) ? DecideOffers(request) : null);
    }

    private Refusal? Decide(ModelRequest request)
    {
        if (!state.Policy.AsksAt(PolicyStage.ModelRequest))
        {
            return null;
        }

        var offered = request.Offers.SelectMany(static offer => offer.Names).Distinct(StringComparer.Ordinal).ToList();
        foreach (var part in request.Parts)
        {
            var decision = state.Decide(Facts(PolicyStage.ModelRequest) with
            {
                Model = part.Model,
                Stream = part.Stream,
                MaxTokens = part.MaxTokens,
                OfferedTools = offered,
            });
            if (decision.Outcome is PolicyOutcome.Pending && exchange.WebSocket is null)
            {
                state.WaitFor(decision);
            }
            else if (decision.Outcome is not PolicyOutcome.Allow)
            {
                return GateRefusal.Of(decision);
            }
        }

        return null;
    }

    private Refusal? DecideOffers(ModelRequest request)
    {
        var removed = new HashSet<ToolOffer>();
        PolicyDecision? first = null;
        foreach (var offer in request.Offers)
        {
            if (offer.Names.Select(name => (Name: name, Decision: DecideOffer(name, offer))).FirstOrDefault(static one => one.Decision.Outcome is not PolicyOutcome.Allow) is not ({ } name, { } refused))
            {
                continue;
            }

            removed.Add(offer);
            first ??= refused;
            state.Tools.Add(name, refused.Outcome, refused.Rule, state.Detection, isRemoved: !state.Policy.RefusesOffers);
        }

        if (first is null)
        {
            return null;
        }

        if (state.Policy.RefusesOffers)
        {
            return GateRefusal.Of(first);
        }

        Changed = new PooledOutput();
        return request.TryRemove(removed, Changed)
            ? null
            : GateRefusal.Of(first with { Advice = "The request asks for a tool that this agent may not have: choose another one, or none." });
    }

    private PolicyDecision DecideOffer(string name, ToolOffer offer) =>
        state.Decide(Facts(PolicyStage.ToolOffer) with { Tool = name, Arguments = offer.Definition });

    private PolicyFacts Facts(PolicyStage stage) => state.Facts! with { On = stage, TrafficIsLlm = true, TrafficIsMcp = false };
}
