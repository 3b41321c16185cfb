using Microsoft.AspNetCore.Http;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>Puts actions that wait for a person into words, asks, and records what came of it.</summary>
/// <param name="riskOf">An agent's, 0 to 100.</param>
internal sealed class ActionApprovals(
    ApprovalDesk desk, OperatorDirectory operators, ActionCredentials credentials, AuditLog audit, MeteringOptions metering, Func<string, int> riskOf, TimeProvider time)
{
    /// <summary>
    /// Fields by which a service takes a request for another action than its method and path say, or its bytes for another body. They are always part of what is agreed to, and the person sees them:
    /// whoever agrees to one action of a service must not have agreed to all of them.
    /// </summary>
    private static readonly string[] ActionFields = ["connect-content-encoding", "content-encoding", "grpc-encoding", "soapaction", "x-amz-target", "x-http-method", "x-http-method-override", "x-method-override"];

    public ApprovalDesk Desk => desk;

    /// <summary>
    /// Where somebody has set the rule aside that refuses: the decision as if that rule allowed, and the mark for the records. Every other rule that refuses the same
    /// still does. What is refused for other reasons than a rule (a secret, a bypass, a kill) is never set aside.
    /// </summary>
    public PolicyDecision SetAside(PolicyDecision decision, PolicyFacts facts, ExchangeState state)
    {
        if (decision.Outcome is PolicyOutcome.Allow || operators.OverrideFor(facts.Agent, decision.Rule, facts.Destination.Host) is not { } made)
        {
            return decision;
        }

        var rules = new List<string>();
        for (PolicyOverride? next = made; next is not null && !rules.Contains(next.Rule); next = operators.OverrideFor(facts.Agent, decision.Rule, facts.Destination.Host))
        {
            rules.Add(next.Rule);
            decision = state.Strictest(facts, rules);
            if (decision.Outcome is PolicyOutcome.Allow)
            {
                state.Approval = new AuditApproval(made.Id, null, made.MadeBy, ApproverRole.Admin.Word(), "overridden");
                break;
            }
        }

        return decision;
    }

    /// <summary>The question about a request, once its head and its body were read and masked.</summary>
    public ApprovalRequest QuestionOf(HttpContext context, Exchange exchange, ExchangeState state)
    {
        var decision = state.Pending!;
        var terms = ApprovalNeeds.Of(decision);
        var target = WaitingBody.WithReferences(exchange.Target, state.Detection);
        var body = state.WaitingBody ?? WaitingBody.None;
        var actions = ActionsOf(context.Request.Headers);
        var headers = terms.Headers.Union(ActionFields, StringComparer.Ordinal).Union(ActionCredentials.FieldsOf(context.Request.Headers), StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Where(name => context.Request.Headers.ContainsKey(name))
            .Select(name => (name, context.Request.Headers[name].Select(value => credentials.Shown(name, WaitingBody.WithReferences(value ?? "", state.Detection))).ToArray<string?>()))
            .ToList();
        var fingerprint = ActionFingerprint.OfRequest(
            exchange.Agent, exchange.Method, exchange.Destination, target, context.Request.ContentType, headers, body.Hash, state.Policy.Hash);
        var path = target.IndexOf('?') is var query and >= 0 ? target[..query] : target;
        var scope = ActionFingerprint.ScopeOf(exchange.Agent, decision.Rule, ApprovalSubject.Request, exchange.Destination, $"{exchange.Method} {path}{actions}", state.Policy.Hash);
        var cost = CallEstimate.Of(context, exchange, state, metering)?.Cost;
        return Question(exchange, decision, terms, fingerprint, scope, SubjectOf(exchange, state, decision, ApprovalSubject.Request) with
        {
            MayCost = cost?.Amount,
            Currency = cost?.Currency,
            Content = actions.Length == 0 ? body.Shown : $"{RecordedText.Masked(actions, state.Detection).Trim()}\n\n{body.Shown}",
            ContentBytes = body.Length,
        });
    }

    /// <summary>The question about a call that a model's answer makes.</summary>
    public ApprovalRequest QuestionOf(Exchange exchange, ExchangeState state, PolicyDecision decision, ToolCall call, string shownTool)
    {
        var terms = ApprovalNeeds.Of(decision);
        var arguments = WaitingBody.Of(System.Text.Encoding.UTF8.GetBytes(call.Arguments ?? ""), state.Detection);
        var fingerprint = ActionFingerprint.OfToolCall(exchange.Agent.Name, call.Tool, call.Arguments ?? "", state.Policy.Hash);
        var scope = ActionFingerprint.ScopeOf(exchange.Agent, decision.Rule, ApprovalSubject.ToolCall, null, call.Tool, state.Policy.Hash);
        return Question(exchange, decision, terms, fingerprint, scope, SubjectOf(exchange, state, decision, ApprovalSubject.ToolCall) with
        {
            Tool = shownTool,
            Content = arguments.Shown,
            ContentBytes = arguments.Length,
        });
    }

    /// <summary>Asks, and records a new question. What could not be recorded still waits: nothing passes by it.</summary>
    /// <param name="named">The answer that the agent names; null where it names none.</param>
    public async Task<AskResult> AskAsync(ApprovalRequest question, string? named)
    {
        var result = await desk.AskAsync(question, named);
        RecordAsked(result);
        return result;
    }

    /// <summary>The same for a tool call, whose answer is being read.</summary>
    public AskResult Ask(ApprovalRequest question)
    {
        var result = desk.Ask(question);
        RecordAsked(result);
        return result;
    }

    /// <summary>A model call is over: what it came to counts in place of what was taken for it from an answer with a limit of money.</summary>
    /// <param name="spent">Null where nothing was.</param>
    public void Settle(ExchangeState state, Money? estimate, Money? spent)
    {
        if (state.Agreed is { Grant.MostCost: not null } agreed)
        {
            desk.AddCost(agreed.Id, (spent?.Amount ?? 0) - (estimate?.Amount ?? 0));
        }
    }

    /// <summary>For a tool call, whose exchange has its record of intent already. False where it could not be recorded: then it must not pass.</summary>
    public bool TryRecordUse(Exchange exchange, ApprovalRequest used) =>
        audit.TryAppend(RecordOf(AuditTypes.ApprovalUsed, used) with { Exchange = exchange.Id, Tool = used.Subject.Tool });

    /// <param name="trust">What the records say of the exchange already: a rule that was set aside stays so where another asks a person.</param>
    public static AuditApproval InAudit(ApprovalRequest request, string? trust = null) =>
        new(request.Id, request.Fingerprint, request.Answer?.By, request.Answer?.Role.Word(), trust);

    public static AuditRecord RecordOf(string type, ApprovalRequest request) => new()
    {
        Type = type,
        Agent = request.Agent,
        Session = request.Session,
        Rule = request.Rule,
        Approval = InAudit(request),
    };

    /// <summary>Why nothing passes, where nobody has agreed.</summary>
    public static Refusal Explain(AskResult result, string rule, string? advice) => result.Outcome switch
    {
        AskOutcome.Asked or AskOutcome.Waiting => new Refusal(
            RefusalCode.ApprovalRequired, result.Request!.Subject.Reason + Named(result.Named), rule, advice, Approval: result.Request.Notice),
        AskOutcome.Denied => new Refusal(RefusalCode.PolicyDenied, "A person has said no to this very action.", rule, advice),
        AskOutcome.TooMany => new Refusal(RefusalCode.PolicyDenied, "Too many actions of this agent wait for a person already.", rule, "Wait until some are answered."),
        _ => new Refusal(RefusalCode.InspectionFailed, "Whether a person has agreed cannot be looked up.", rule, "The operator looks at the disk and the log of the firewall."),
    };

    private void RecordAsked(AskResult result)
    {
        if (result is { Outcome: AskOutcome.Asked, Request: { } asked })
        {
            audit.TryAppend(RecordOf(AuditTypes.ApprovalRequested, asked) with { Exchange = asked.Subject.Exchange, Detail = asked.Subject.Reason });
        }
    }

    private static string Named(ApprovalError why) => why switch
    {
        ApprovalError.NotFound => " The decision that X-SFW-Decision names is none about this very action.",
        ApprovalError.AlreadyUsed => " The decision that X-SFW-Decision names has been used.",
        ApprovalError.Expired => " The decision that X-SFW-Decision names has expired.",
        ApprovalError.Cancelled => " The decision that X-SFW-Decision names was taken back.",
        _ => "",
    };

    /// <summary>A line for each action field; nothing without one.</summary>
    private static string ActionsOf(IHeaderDictionary headers) => string.Concat(ActionFields
        .Where(headers.ContainsKey)
        .Select(name => $"\n{name}: {headers[name]}"));

    private ApprovalRequest Question(
        Exchange exchange, PolicyDecision decision, ApprovalTerms terms, string fingerprint, string scope, ApprovalSubject subject)
    {
        var now = time.GetUtcNow();
        return new ApprovalRequest
        {
            Id = ApprovalDesk.NewId(now),
            Fingerprint = fingerprint,
            Scope = scope,
            Agent = exchange.Agent.Name,
            Session = exchange.Agent.Session,
            Rule = decision.Rule,
            RequiredRole = terms.Role,
            Subject = subject,
            CreatedAt = now,
            ExpiresAt = now + terms.TimeToLive,
        };
    }

    private ApprovalSubject SubjectOf(Exchange exchange, ExchangeState state, PolicyDecision decision, string kind) => new()
    {
        Kind = kind,
        Method = RecordedText.Masked(exchange.Method, state.Detection),
        Destination = RecordedText.Masked(exchange.Destination, state.Detection).ToString(),
        Target = RecordedText.Masked(exchange.Target, state.Detection),
        Reason = decision.Reason,
        Matched = decision.Matched,
        Conditions = decision.Conditions,
        Class = decision.ClassWord,
        Risk = riskOf(exchange.Agent.Name),
        BundleName = state.Policy.Name,
        BundleRevision = state.Policy.Revision,
        BundleHash = state.Policy.Hash,
        Exchange = exchange.Id,
    };
}
