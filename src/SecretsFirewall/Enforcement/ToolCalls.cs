using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Commands;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>The calls in one exchange's answer: asks policy about each, and keeps what it said for the record.</summary>
internal sealed class ToolCalls(Exchange exchange, ExchangeState state)
{
    /// <summary>Stands as the rule where the arguments of a call cannot be read: no rule could judge it.</summary>
    private const string UnreadableArguments = "tool_arguments";

    /// <summary>Further calls are only counted.</summary>
    private const int MostRecorded = 64;

    private const int MostCharacters = 128;

    private readonly List<AuditTool> _recorded = [];

    public IReadOnlyList<AuditTool> Recorded => _recorded;

    public bool AnyWithheld => _recorded.Exists(static tool => tool.Outcome != Word(PolicyOutcome.Allow));

    /// <summary>
    /// Whether the answer to this request is looked at for calls: nobody pays for it under a policy that says nothing about them, unless a tool is stopped. An
    /// answer that is not looked at is known as such, and ends when one is.
    /// </summary>
    public static bool AreGated(Exchange exchange, ExchangeState state)
    {
        if (!IsModels(exchange, state))
        {
            return false;
        }

        // Said before the question: whoever stops a tool now finds it so, or is found.
        state.Open?.IsUngated = true;
        if (!IsRestrained(state))
        {
            return false;
        }

        state.Open?.IsUngated = false;
        return true;
    }

    private static bool IsRestrained(ExchangeState state) => state.Policy.GatesToolCalls || state.Kills.Current.StopsTools;

    private static bool IsModels(Exchange exchange, ExchangeState state) =>
        exchange.Kind is DestinationKind.Llm || ShownTraffic.IsLlm(state.Traffic) || TrafficRecogniser.DialectOfPath(exchange.Method, exchange.Path) is not LlmDialect.None;

    /// <summary>The worst class of the calls; null where none has one.</summary>
    public CommandClass? Class { get; private set; }

    /// <summary>One call, complete. What a command in it would do, policy finds out from the call.</summary>
    public ToolVerdict Decide(ToolCall call)
    {
        var decision = state.Decide(state.Facts! with { On = PolicyStage.ToolCall, TrafficIsLlm = true, Tool = call.Tool, Arguments = call.Arguments });
        if (decision.Outcome is PolicyOutcome.Allow && call.Arguments is null)
        {
            decision = state.Policy.Mode is PolicyMode.Observe
                ? decision with { Observed = PolicyOutcome.Deny, Rule = UnreadableArguments }
                : decision with { Outcome = PolicyOutcome.Deny, Rule = UnreadableArguments, Reason = "Its arguments are no JSON that has one meaning.", Advice = null };
        }

        if (state.Kills.Current.Tool(call.Tool, state.Policy.CanonicalTool(call.Tool)) is { Refusal: var killed })
        {
            decision = decision with { Outcome = PolicyOutcome.Deny, Rule = killed.Rule!, Reason = killed.Detail, Advice = killed.Advice };
        }

        if (decision.Outcome is PolicyOutcome.Pending && call.Arguments is not null)
        {
            return Ask(call, decision);
        }

        Record(call.Tool, decision);
        return decision.Outcome is PolicyOutcome.Allow ? new ToolVerdict(IsAllowed: true, "") : Withhold(decision.Reason, decision, null);
    }

    /// <summary>A call that waits for a person; it passes once where one has agreed.</summary>
    private ToolVerdict Ask(ToolCall call, PolicyDecision decision)
    {
        if (state.Approvals is not { } approvals)
        {
            Record(call.Tool, decision);
            return Withhold(decision.Reason, decision, null);
        }

        var result = approvals.Ask(approvals.QuestionOf(exchange, state, decision, call, Safe(call.Tool)));
        if (result is { Outcome: AskOutcome.Granted, Request: { } granted })
        {
            if (approvals.TryRecordUse(exchange, granted))
            {
                Record(call.Tool, decision with { Outcome = PolicyOutcome.Allow });
                return new ToolVerdict(IsAllowed: true, "");
            }

            approvals.Desk.GiveBack(granted.Id);
            result = default;
        }

        Record(call.Tool, result.Outcome is AskOutcome.Asked or AskOutcome.Waiting ? decision : decision with { Outcome = PolicyOutcome.Deny });
        var refusal = ActionApprovals.Explain(result, decision.Rule, DecisionText.Advice(decision));
        return Withhold(refusal.Detail, decision, refusal.Approval);
    }

    private ToolVerdict Withhold(string reason, PolicyDecision decision, ApprovalNotice? approval) =>
        new(IsAllowed: false, ToolCallText.Compose(reason, decision.Rule, DecisionText.Advice(decision), approval, exchange.Id));

    private void Record(string tool, PolicyDecision decision)
    {
        Class = Class is { } worst && !(decision.Class < worst) ? worst : decision.Class ?? Class;
        var one = new AuditTool(Safe(tool), Word(decision.Outcome), decision.Rule, 1)
        {
            Class = decision.ClassWord,
            Observed = decision.Observed is { } observed ? Word(observed) : null,
            Shadow = AuditedPolicy.Shadow(decision),
        };
        if (_recorded.Count >= MostRecorded)
        {
            one = one with { Name = "*" };
            var at = _recorded.FindIndex(known => known with { Count = 1 } == one);
            if (at >= 0)
            {
                _recorded[at] = _recorded[at] with { Count = _recorded[at].Count + 1 };
                return;
            }
        }

        _recorded.Add(one);
    }

    /// <summary>The model chose it: visible ASCII, of bounded length, and no value of ours.</summary>
    private string Safe(string tool)
    {
        var visible = string.Create(Math.Min(tool.Length, MostCharacters), tool, static (name, from) =>
        {
            for (var i = 0; i < name.Length; i++)
            {
                name[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
            }
        });
        return RecordedText.Masked(visible, state.Detection);
    }

    private static string Word(PolicyOutcome outcome) => outcome.ToString().ToLowerInvariant();
}
