using System.Globalization;
using System.Net;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Doctor;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Cli.State;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Cli.Running;

/// <summary>What only a running firewall can answer: its state, and the doctor's visits.</summary>
internal sealed class DaemonOperations(Installation installation, Firewall firewall, BundlePull? pull, TelemetryExports exports, ConfigurationReload reload, SessionOperations sessions, AuditKeeper keeper, TimeProvider time)
{
    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    /// <summary>Known once the admin plane listens.</summary>
    public IPEndPoint? Admin { get; set; }

    /// <summary>What <c>/healthz</c> says.</summary>
    public PolicyHealth Health => firewall.Policy.Health is { Trouble: null } && pull is { IsStale: true } ? new PolicyHealth(true, "stale") : firewall.Policy.Health;

    public void Register(ControlDispatcher dispatcher)
    {
        dispatcher
            .Handle(ControlOperations.Status, _ => Status())
            .Handle(ControlOperations.DoctorRoute, RouteProbe);
        new UsageOperations(installation.Meter, time).Register(dispatcher);
        new BudgetOperations(installation.Meter, () => firewall.Policy.Current.Budgets, firewall.Audit.TryAppend, time).Register(dispatcher);
        new AgentSessionOperations(firewall.AgentSessions, firewall.Shown).Register(dispatcher);
        new CaptureOperations(firewall.Captured, installation.Vault).Register(dispatcher);
    }

    private ControlResult<StatusReply> Status()
    {
        var policy = firewall.Policy.Current;
        return new StatusReply(
            AdminServer.Version,
            Environment.ProcessId,
            _startedAt,
            installation.Home.Root,
            firewall.ProxyEndPoint.ToString(),
            Admin?.ToString(),
            new PolicyReply(
                policy.Name, policy.Revision, policy.Hash, firewall.RuleCount, firewall.Policy.Loaded.Trust.Word(), firewall.Policy.Loaded.Bundle?.Manifest.ExpiresAt,
                policy.Mode is PolicyMode.Observe ? "observing" : ""),
            installation.Agents.List().Count,
            installation.Vault.Count,
            sessions.Count,
            installation.Authority.NotAfter,
            SqliteLibrary.Description,
            [.. Notes()],
            [.. policy.Opaque.Select(Unverified)])
        {
            Enforcement = Enforcement(),
            Coverage = Coverage(),
            Log = LogPosition.Of(installation, firewall.Audit, keeper),
        };
    }

    private EnforcementReply Enforcement() =>
        installation.Kills.Current.System is not null ? new EnforcementReply("refusing", "everything is stopped: sfw kill list")
        : firewall.Audit.Trouble != AuditTrouble.None ? new EnforcementReply("refusing", $"the audit log cannot be written ({firewall.Audit.Trouble})")
        : firewall.Policy.Loaded.Trust is PolicyTrust.None ? new EnforcementReply("refusing", "no policy is in force")
        : firewall.Policy.Current.Mode is PolicyMode.Observe ? new EnforcementReply("observing", "the policy decides and records, and refuses nothing")
        : new EnforcementReply("enforcing", "");

    private CoverageReply Coverage()
    {
        var (all, refused) = firewall.Sessions.Total;
        return new CoverageReply(all - refused, firewall.Policy.Current.Opaque.Sum(rule => firewall.OpaqueTunnels.CountsOf(rule.Id).Total), refused);
    }

    private UnverifiedReply Unverified(OpaqueRule rule)
    {
        var counts = firewall.OpaqueTunnels.CountsOf(rule.Id);
        return new UnverifiedReply(
            rule.Id,
            rule.Host,
            rule.Port,
            rule.Reason,
            rule.End,
            rule.End <= time.GetUtcNow(),
            installation.Vault.BindingsFor(rule.Host, rule.Port).Count > 0,
            counts.Open,
            counts.Total,
            counts.RequestBytes,
            counts.ResponseBytes);
    }

    private IEnumerable<string> Notes()
    {
        yield return HomeNotes.ReadableByAgent;
        if (reload.Problem is { } problem)
        {
            yield return $"What the home says now is refused; the configuration and policy before stay in force: {problem}";
        }

        foreach (var note in PolicyNotes(firewall.Policy))
        {
            yield return note;
        }

        if (pull is { Problem: { } pulled })
        {
            yield return $"No policy bundle comes from bundle.url{(pull.IsStale ? ", for longer than bundle.max_age" : "")}; the one before stays in force. {pulled}";
        }

        foreach (var note in RestraintNotes.Of(installation))
        {
            yield return note;
        }

        foreach (var (agent, authority) in installation.Authorities.OfAgents.Where(one => one.Value.NotAfter - time.GetUtcNow() < FirewallChecks.CaEndsSoon))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"The CA of agent {agent} ends on {authority.NotAfter:yyyy-MM-dd}: stop the firewall, and run sfw ca renew --agent {agent}");
        }

        foreach (var behind in AuthoritiesBehind())
        {
            yield return behind;
        }

        if (firewall.ExpiredIgnores() is { } expired)
        {
            yield return expired;
        }

        if (firewall.Room is { Refused: > 0 } room)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{room.Refused} connections were refused since the start: there is room for {room.Most}. Let the process open more files (ulimit -n), or raise limits.connections.");
        }

        foreach (var untold in exports.Problems)
        {
            yield return $"{untold} The audit log keeps them, and they are offered again.";
        }

        if (firewall.Audit.Trouble != AuditTrouble.None)
        {
            yield return $"{firewall.Audit.Trouble.Sentence()} {firewall.Audit.Trouble.Advice()}";
        }

        foreach (var witness in keeper.Witnesses.Where(static witness => witness.Problem is not null))
        {
            var last = witness.At is { } at ? string.Create(CultureInfo.InvariantCulture, $"its last is of record {witness.Sequence}, {at:u}") : "it has none yet";
            yield return $"The witness {witness.Name} does not have the newest audit checkpoint, {last}: {witness.Problem}";
        }
    }

    private static IEnumerable<string> PolicyNotes(ActivePolicy policy)
    {
        if (policy.Loaded.Trust is PolicyTrust.None)
        {
            yield return $"No policy is in force: everything is refused. {string.Join(' ', policy.Errors)}";
        }

        if (policy.Refusal is { } refusal)
        {
            yield return $"The bundle that was offered last is refused, and the policy before stays in force. {refusal}";
        }

        if (policy.Loaded.Bundle is { } bundle && policy.Health.Trouble == BundleFault.Expired.Word())
        {
            yield return $"The policy bundle ended on {bundle.Manifest.ExpiresAt:u} and is kept for bundle.keep_expired; then everything is refused. Sign and load a new version.";
        }
    }

    /// <summary>Constrained authorities that do not vouch for what the policy has come to allow.</summary>
    private IEnumerable<string> AuthoritiesBehind()
    {
        var authorities = installation.Authorities;
        foreach (var agent in installation.Agents.List().Select(static one => (one.Name, one.Level)).DefaultIfEmpty((Name: AgentIdentity.Local, Level: 1)))
        {
            if (authorities.For(agent.Name).Constraints is not { } constraints)
            {
                continue;
            }

            var missing = firewall.Policy.Current.ReachableBy(agent.Name, agent.Level, time.GetUtcNow()).Names.Where(name => !constraints.Permits(name)).ToList();
            if (missing.Count > 0)
            {
                var own = authorities.OfAgents.ContainsKey(agent.Name) ? $" --agent {agent.Name}" : "";
                yield return $"The CA of agent {agent.Name} does not vouch for {string.Join(", ", missing)}, which the policy allows: stop the firewall, and run sfw ca renew{own}";
            }
        }
    }

    private ControlResult<NoContent> RouteProbe(ProbeRequest request)
    {
        if (!sessions.TryOnEnd(request.Session, () => reload.Route(null)))
        {
            return new ControlFailure(ControlFailureKind.Refused, "The doctor's session is not open.");
        }

        return reload.Route(new ProbeRoute(request.Host, request.Address, request.CaFile)) is { } problem
            ? new ControlFailure(ControlFailureKind.Unavailable, problem)
            : NoContent.Instance;
    }
}
