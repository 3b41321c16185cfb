using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
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

    /// <summary>Whether the answer to this request is looked at for calls: nobody pays for it under a policy that says nothing about them.</summary>
    public static bool AreGated(Exchange exchange, ExchangeState state) =>
        state.Policy.GatesToolCalls
        && (exchange.Kind is DestinationKind.Llm || ShownTraffic.IsLlm(state.Traffic) || TrafficRecogniser.DialectOfPath(exchange.Method, exchange.Path) is not LlmDialect.None);

    /// <summary>One call, complete. What a command in it would do is a fact that policy may be told here, too.</summary>
    public ToolVerdict Decide(ToolCall call)
    {
        var decision = state.Policy.Decide(state.Facts! with { On = PolicyStage.ToolCall, TrafficIsLlm = true, Tool = call.Tool, Arguments = call.Arguments });
        decision = state.Approvals?.SetAside(decision, exchange, state) ?? decision;
        if (decision.Outcome is PolicyOutcome.Allow && call.Arguments is null)
        {
            decision = decision with { Outcome = PolicyOutcome.Deny, Rule = UnreadableArguments, Reason = "Its arguments are no JSON that has one meaning.", Advice = null };
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
        var refusal = ActionApprovals.Explain(result, decision.Rule, decision.Advice);
        return Withhold(refusal.Detail, decision, refusal.Approval);
    }

    private ToolVerdict Withhold(string reason, PolicyDecision decision, ApprovalNotice? approval) =>
        new(IsAllowed: false, ToolCallText.Compose(reason, decision.Rule, decision.Advice, approval, exchange.Id));

    private void Record(string tool, PolicyDecision decision)
    {
        var one = new AuditTool(Safe(tool), Word(decision.Outcome), decision.Rule, 1);
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
