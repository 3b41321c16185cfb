using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Recorded;

/// <summary>What would alter an outcome that no rule of a policy decided.</summary>
internal static class ChangeAdvice
{
    public static string For(AuditRecord record) => record.Code switch
    {
        null => "Nothing was refused by a check of ours: no change of the policy would alter this.",
        "unbound_ref" => "No rule: a binding. `sfw secrets list` shows where each reference may stand, `sfw secrets bind` adds a place. Bind only what this agent needs there.",
        "secret_blocked" => "No rule is suggested for secrets. Send SECRET_REF(name) in the value's place; what is no secret goes into detection.ignore of the policy, with an end (docs/policies.md).",
        "bypass_attempt" or "host_mismatch" => "Nothing is suggested for what reads in two ways: the client must write the request plainly.",
        "killed" => "It is stopped, whatever the policy says: `sfw kill list` says by whom and why, `sfw unkill` lets it go on.",
        "budget_exceeded" => "A budget is used up: `sfw budget show` shows it; raise it in `budgets` of the policy, or reset it.",
        "scope_exceeded" => "A limit was reached: `limits` of the rule that allows it, or limits.session.* of the configuration (docs/configuration.md).",
        "rate_limited" or "overloaded" => "A limit of load, not of policy: limits.* of the configuration.",
        "resource_locked" => "Another change of the same path was under way: the client may try again.",
        "host_denied" or "policy_denied" => "A check of the firewall decided, not a rule: docs/troubleshooting.md says by its name what lifts it.",
        "too_large" or "uninspectable" => "It could not be read whole: limits.* of the configuration, or the client's encoding. A tunnel passes unread only by a rule with inspect: false.",
        _ => "No change of the policy would alter this: docs/troubleshooting.md has the code.",
    };
}
