using System.Security.Cryptography;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Admin.Api;

/// <summary>Decisions for programs: what would be decided, what is decided for an adapter, and the yes of a person carried as a token.</summary>
/// <param name="riskOf">An agent's, 0 to 100.</param>
/// <param name="mask">Replaces what any detector finds in a text that people are shown.</param>
internal sealed class DecisionEndpoints(ApprovalDesk desk, AgentDirectory agents, KillSwitch kills, ActivePolicy policy, Func<AuditRecord, bool> record, Func<string, string> mask, Func<string, int> riskOf, TimeProvider time) : IDisposable
{
    private static readonly string NoBody = Convert.ToHexStringLower(SHA256.HashData([]));

    private readonly DecisionTokens _tokens = new();

    public IEnumerable<ApiRoute> Routes() =>
    [
        new("GET", "/v1/decisions/{id}", ApproverRole.Viewer, GetAsync)
        {
            Summary = "A decision; approved ones with the token to consume them by, for operators.", Response = ApiJson.Default.DecisionReply, Problems = [404],
        },
        new("POST", "/v1/decisions/{id}/consume", ApproverRole.Operator, ConsumeAsync)
        {
            Summary = "Uses a person's yes up: 200 once, then 409. X-Decision-Token is an ES256 JWT from GET /v1/decisions/{id}.", Request = ApiJson.Default.ConsumeRequest,
            Response = ApiJson.Default.ConsumeReply, Fields = ["X-Decision-Token"], KeepsAnswer = false, Problems = [400, 404, 409, 410],
        },
        new("POST", "/v1/decisions/dry-run", ApproverRole.Viewer, DryRunAsync)
        {
            Summary = "What would be decided; nothing is stored, nobody is asked.", Request = ApiJson.Default.DryRunRequest, Response = ApiJson.Default.DecisionReply, Problems = [400, 422],
        },
        new("POST", "/v1/execution/request", ApproverRole.Operator, RequestAsync)
        {
            Summary = "An adapter asks before it acts for an agent: allowed, denied, or a question that waits.", Request = ApiJson.Default.ExecutionRequest, Response = ApiJson.Default.DecisionReply,
            KeepsAnswer = false, Problems = [400, 409, 422],
        },
    ];

    public void Dispose() => _tokens.Dispose();

    private async Task GetAsync(ApiCall call)
    {
        if (desk.Find(call.Name, out var done) is not { } found)
        {
            await ApiProblem.WriteAsync(call.Context, done ? ApprovalError.NotFound : ApprovalError.StoreUnavailable, default);
            return;
        }

        await call.WriteAsync(Describe(found, mayConsume: call.Caller.Role >= ApproverRole.Operator), ApiJson.Default.DecisionReply);
    }

    /// <summary>
    /// 200 once, then 409. What was not signed by us, or for another decision or agent, is 403 and uses nothing up; what is over is 410.
    /// </summary>
    private async Task ConsumeAsync(ApiCall call)
    {
        if (await call.ReadAsync(ApiJson.Default.ConsumeRequest) is not { } request)
        {
            return;
        }

        if (call.Context.Request.Headers["X-Decision-Token"] is not [{ } text] || _tokens.Read(text) is not { } claims || claims.Id != call.Name)
        {
            await ApiProblem.WriteAsync(call.Context, 403, "token_invalid", "X-Decision-Token is no token for this decision. GET /v1/decisions/{id} gives one.");
            return;
        }

        if (claims.Agent != request.Agent)
        {
            await ApiProblem.WriteAsync(call.Context, 403, "other_agent", "The token is for another agent.");
            return;
        }

        if (IsStopped(request.Agent))
        {
            await ApiProblem.WriteAsync(call.Context, 403, "killed", "The agent is stopped.");
            return;
        }

        var now = time.GetUtcNow();
        var error = desk.Consume(call.Name, out var used);
        if (error is not ApprovalError.None)
        {
            await ApiProblem.WriteAsync(call.Context, error, default);
            return;
        }

        if (!Record(used!))
        {
            desk.GiveBack(call.Name);
            await ApiProblem.WriteAsync(call.Context, ApprovalError.NotAudited, default);
            return;
        }

        await call.WriteAsync(new ConsumeReply(used!.Id, used.Agent, used.Fingerprint, now), ApiJson.Default.ConsumeReply);
    }

    private async Task DryRunAsync(ApiCall call)
    {
        if (await call.ReadAsync(ApiJson.Default.DryRunRequest) is not { } request)
        {
            return;
        }

        PolicyStage? stage = request.On switch { null or "request" => PolicyStage.Request, "connect" => PolicyStage.Connect, "tool_call" => PolicyStage.ToolCall, _ => null };
        if (stage is null || request.Level is < 1 or > 3 || request.Port is < 1 or > 65535 || request.Scheme is not (null or "https" or "http")
            || request.Traffic is not (null or "llm" or "mcp") || HostName.TryNormalise(request.Host, out var host) is not HostNameError.None)
        {
            await ApiProblem.WriteAsync(call.Context, 422, "facts_invalid", "on, level, scheme, host, port or traffic is none that there is.");
            return;
        }

        var scheme = request.Scheme ?? "https";
        var facts = new PolicyFacts
        {
            On = stage.Value,
            Agent = request.Agent,
            Level = request.Level ?? LevelOf(request.Agent) ?? 1,
            Destination = new Destination(scheme, host, request.Port ?? (scheme == "https" ? 443 : 80)),
            Method = request.Method ?? "GET",
            Path = request.Path ?? "/",
            QueryLength = request.QueryLength ?? 0,
            BodyLength = request.BodyLength ?? 0,
            TrafficIsLlm = request.Traffic == "llm" || stage is PolicyStage.ToolCall,
            TrafficIsMcp = request.Traffic == "mcp",
            Tool = request.Tool,
            Arguments = request.Arguments,
            At = time.GetUtcNow(),
        };
        var snapshot = policy.Current;
        await call.WriteAsync(Describe(Decide(snapshot, facts), snapshot, request.Agent, null), ApiJson.Default.DecisionReply);
    }

    private async Task RequestAsync(ApiCall call)
    {
        if (await call.ReadAsync(ApiJson.Default.ExecutionRequest) is not { } request)
        {
            return;
        }

        if (LevelOf(request.Agent) is not { } level)
        {
            await ApiProblem.WriteAsync(call.Context, 422, "unknown_agent", "There is no such agent: sfw agents add NAME");
            return;
        }

        if (Read(request, level) is not { } facts)
        {
            await ApiProblem.WriteAsync(call.Context, 422, "action_invalid", "An action is an absolute url with a method, or a tool with its arguments; body_sha256 is 64 hex digits.");
            return;
        }

        var snapshot = policy.Current;
        var decision = IsStopped(request.Agent)
            ? new PolicyDecision { Outcome = PolicyOutcome.Deny, Rule = "kill", Reason = "This agent is stopped." }
            : Decide(snapshot, facts);
        if (decision.Outcome is not PolicyOutcome.Pending)
        {
            await call.WriteAsync(Describe(decision, snapshot, request.Agent, request.Session), ApiJson.Default.DecisionReply);
            return;
        }

        var result = await desk.AskAsync(Question(request, facts, decision, snapshot));
        if (result.Request is not { } asked || (result.Outcome is AskOutcome.Granted && !Record(asked)))
        {
            await ApiProblem.WriteAsync(
                call.Context, result.Outcome is AskOutcome.TooMany ? 409 : 503, result.Outcome is AskOutcome.TooMany ? "too_many_waiting" : "unavailable", "The question could not be asked.");
            return;
        }

        if (result.Outcome is AskOutcome.Asked)
        {
            record(new AuditRecord { Type = AuditTypes.ApprovalRequested, Agent = asked.Agent, Session = asked.Session, Rule = asked.Rule, Approval = Approval(asked), Detail = asked.Subject.Reason });
        }

        var reply = Describe(asked, mayConsume: false);
        await call.WriteAsync(result.Outcome is AskOutcome.Granted ? reply with { Outcome = "allow" } : reply, ApiJson.Default.DecisionReply);
    }

    /// <summary>The connection first, as the proxy does.</summary>
    private static PolicyDecision Decide(PolicySnapshot snapshot, PolicyFacts facts) =>
        facts.On is PolicyStage.Request && snapshot.Decide(facts with { On = PolicyStage.Connect }) is { Outcome: not PolicyOutcome.Allow } connection ? connection : snapshot.Decide(facts);

    private PolicyFacts? Read(ExecutionRequest request, int level)
    {
        var facts = new PolicyFacts { Agent = request.Agent, Level = level, Destination = new Destination("https", "adapter.invalid", 443), At = time.GetUtcNow() };
        if (request is { Tool: { Length: > 0 } tool, Url: null })
        {
            return facts with { On = PolicyStage.ToolCall, TrafficIsLlm = true, Tool = tool, Arguments = request.Arguments ?? "" };
        }

        return request is { Tool: null, Method: { Length: > 0 } method } && Uri.TryCreate(request.Url, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"
            && HostName.TryNormalise(url.Host, out var host) is HostNameError.None && request.BodySha256 is null or { Length: 64 }
            ? facts with
            {
                On = PolicyStage.Request,
                Destination = new Destination(url.Scheme, host, url.Port),
                Method = method,
                Path = url.AbsolutePath,
                QueryLength = Math.Max(0, url.Query.Length - 1),
                BodyLength = request.BodySha256 is null ? 0 : long.MaxValue,
            }
            : null;
    }

    private ApprovalRequest Question(ExecutionRequest request, PolicyFacts facts, PolicyDecision decision, PolicySnapshot snapshot)
    {
        var now = time.GetUtcNow();
        var agent = new AgentIdentity(request.Agent, facts.Level, MayBind: false, request.Session ?? request.Agent);
        var terms = decision.Approval ?? ApprovalTerms.Default;
        var isTool = facts.Tool is not null;
        var target = isTool ? "" : new Uri(request.Url!).PathAndQuery;
        return new ApprovalRequest
        {
            Id = ApprovalDesk.NewId(now),
            Fingerprint = isTool
                ? ActionFingerprint.OfToolCall(agent.Name, facts.Tool!, facts.Arguments!, snapshot.Hash)
                : ActionFingerprint.OfRequest(agent, facts.Method, facts.Destination, target, request.ContentType, [], request.BodySha256 ?? NoBody, snapshot.Hash),
            Scope = ActionFingerprint.ScopeOf(
                agent, decision.Rule, isTool ? ApprovalSubject.ToolCall : ApprovalSubject.Request, isTool ? null : facts.Destination, facts.Tool ?? $"{facts.Method} {facts.Path}", snapshot.Hash),
            Agent = agent.Name,
            Session = agent.Session,
            Rule = decision.Rule,
            RequiredRole = terms.Role,
            CreatedAt = now,
            ExpiresAt = now + terms.TimeToLive,
            Subject = new ApprovalSubject
            {
                Kind = isTool ? ApprovalSubject.ToolCall : ApprovalSubject.Request,
                Method = facts.Method,
                Destination = isTool ? "" : facts.Destination.ToString(),
                Target = mask(target),
                Tool = facts.Tool is null ? null : mask(facts.Tool),
                Content = isTool ? mask(facts.Arguments!) : null,
                Reason = decision.Reason,
                Matched = decision.Matched,
                Conditions = decision.Conditions,
                Class = decision.ClassWord,
                Risk = riskOf(agent.Name),
                BundleName = snapshot.Name,
                BundleRevision = snapshot.Revision,
                BundleHash = snapshot.Hash,
                Exchange = "",
            },
        };
    }

    private int? LevelOf(string agent) =>
        agents.List().FirstOrDefault(one => one.Name == agent)?.Level ?? (agent == AgentIdentity.Local ? agents.Local?.Level : null);

    private bool Record(ApprovalRequest used) => record(new AuditRecord
    {
        Type = AuditTypes.ApprovalUsed,
        Agent = used.Agent,
        Session = used.Session,
        Rule = used.Rule,
        Approval = Approval(used),
    });

    private static AuditApproval Approval(ApprovalRequest request) => new(request.Id, request.Fingerprint, request.Answer?.By, request.Answer?.Role.Word(), Trust: null);

    private DecisionReply Describe(ApprovalRequest request, bool mayConsume)
    {
        var now = time.GetUtcNow();
        var status = request.StatusAt(now);
        return new DecisionReply(
            request.Id,
            request.Subject.Exchange,
            request.Agent,
            request.Session,
            status switch { ApprovalStatus.Approved => "allow", ApprovalStatus.Pending => "pending", _ => "deny" },
            request.Subject.Class,
            request.Subject.Risk,
            request.Rule,
            request.Subject.Reason,
            request.Subject.Matched,
            request.Subject.Conditions,
            new DecisionBundle(request.Subject.BundleName, request.Subject.BundleRevision, request.Subject.BundleHash),
            request.Fingerprint,
            request.Scope,
            request.Grant?.Until ?? request.ExpiresAt,
            status.Word(),
            request.RequiredRole.Word(),
            mayConsume && status is ApprovalStatus.Approved ? _tokens.Sign(new DecisionClaims(request.Id, request.Agent, request.Fingerprint, request.Grant!.Until), now) : null);
    }

    private DecisionReply Describe(PolicyDecision decision, PolicySnapshot snapshot, string agent, string? session) => new(
        null, null, agent, session, decision.Outcome.ToString().ToLowerInvariant(), decision.ClassWord, riskOf(agent), decision.Rule, decision.Reason, decision.Matched,
        decision.Conditions,
        new DecisionBundle(snapshot.Name, snapshot.Revision, snapshot.Hash), null, null, null, null, decision.Approval?.Role.Word(), null);

    private bool IsStopped(string agent) => kills.Current.System is not null || kills.Current.Find(KillScope.Agent, agent) is not null;
}
