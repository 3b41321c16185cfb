using Microsoft.AspNetCore.Http;
using SecretsFirewall.Audit;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.Usage;
using SecretsFirewall.Restraints.Sessions;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// One model call's way through the meter: noted before it leaves, read while it is answered, settled at its end.
/// <list type="bullet">
/// <item>Nothing left, nobody answered, or the provider refused: nothing was spent.</item>
/// <item>An answer came, whole or not: what it said, and a guess at what it did not say.</item>
/// <item>The client went away before anything came: nobody knows, so the estimate counts. An agent cannot spend unseen by hanging up.</item>
/// </list>
/// </summary>
internal sealed class CallMetering(
    Meter meter, MeteredCall call, CallEstimate estimate, AgentSessions sessions, CallReserve reserved, ExchangeState state, IDisposable? place) : IDisposable
{
    private int? _status;

    /// <summary>Set once an answer comes that is to be read.</summary>
    public UsageReader? Reader { get; private set; }

    public AuditUsage? Usage { get; private set; }

    public AuditCost? Cost { get; private set; }

    /// <summary>Whether it is worth looking into a body for a model call.</summary>
    public static bool MayBeCall(Exchange exchange, ExchangeState state) =>
        HttpMethods.IsPost(exchange.Method) && (exchange.Kind is DestinationKind.Llm || ShownTraffic.IsLlm(state.Traffic));

    /// <summary>The answer's head is there.</summary>
    public void BeginAnswer(HttpResponseMessage response, bool isAmazonStream)
    {
        _status = (int)response.StatusCode;
        if (!response.IsSuccessStatusCode)
        {
            return;
        }

        Reader = new UsageReader(isAmazonStream);
        if (response.Headers.Contains("x-amzn-RequestId"))
        {
            foreach (var (name, values) in response.Headers.NonValidated)
            {
                Reader.ReadHeader(name, values.ToString());
            }
        }
    }

    /// <summary>The exchange is over.</summary>
    /// <param name="mayHaveLeft">The request was handed to the upstream's side.</param>
    public void End(Exchange exchange, bool mayHaveLeft)
    {
        var result = !mayHaveLeft ? null : _status is null ? Unanswered(exchange) : Reader is null ? null : Answered();
        if (result is not null)
        {
            var asked = call.Open.Call.Asked;
            Usage = new AuditUsage(estimate.Provider, result.Model, result.Usage, result.IsEstimated, result.IsSuspect) { Asked = asked == result.Model ? null : asked };
            Cost = result.Cost is { } cost ? AuditCost.Of(cost) : AuditCost.Unpriced;
        }

        meter.End(call, result);
        if (state.Open?.Session is { } session)
        {
            sessions.Use(session, reserved, result?.Usage.Total ?? 0, result?.Cost?.Amount ?? 0);
        }

        if (mayHaveLeft)
        {
            state.Approvals?.Settle(state, estimate.Cost, result?.Cost);
        }

        Dispose();
    }

    public void Dispose()
    {
        Reader?.Dispose();
        place?.Dispose();
    }

    private CallResult? Unanswered(Exchange exchange) => exchange.Transfer is TransferOutcome.ClientAborted
        ? new CallResult(call.Open.Estimate, call.Open.Call.Asked, call.Open.Cost, IsEstimated: true, IsSuspect: false)
        : null;

    private CallResult Answered()
    {
        var reading = Reader!.Complete(estimate.Figures);
        var asked = call.Open.Call.Asked;
        var (at, provider) = (call.Open.Call.At, estimate.Provider);
        var named = reading.Model is { Length: > 0 } answered ? SafeName(answered, state) : null;
        var model = named is null ? asked : meter.NameOf(call.Open.Call.Agent, named);
        var prices = state.Policy.Prices; // by the names themselves: those that are counted by are bounded in number, and an agent could use them up
        var price = (named is null ? null : prices.Find(named, provider, at)) ?? prices.Find(estimate.Model, provider, at);
        return new CallResult(reading.Usage, model, price?.CostOf(reading.Usage), reading.IsEstimated, reading.IsSuspect);
    }

    /// <summary>Somebody else chose it: visible ASCII, of bounded length, and no value of ours.</summary>
    public static string SafeName(string name, ExchangeState state)
    {
        const int MostCharacters = 128;
        var visible = string.Create(Math.Min(name.Length, MostCharacters), name, static (safe, from) =>
        {
            for (var i = 0; i < safe.Length; i++)
            {
                safe[i] = from[i] is > ' ' and <= '~' ? from[i] : '?';
            }
        });
        return RecordedText.Masked(visible, state.Detection);
    }
}
