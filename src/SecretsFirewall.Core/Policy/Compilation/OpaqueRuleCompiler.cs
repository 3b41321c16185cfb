using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>
/// What a rule must say to let a tunnel be carried unread: one host and one port by themselves, why, and until when. Anything looser would be
/// a hole whose size nobody sees in the file.
/// </summary>
internal static class OpaqueRuleCompiler
{
    /// <returns>Null for an ordinary rule, and after an error.</returns>
    public static OpaqueRule? Compile(Placed<RuleDocument> written, List<PolicyError> errors)
    {
        var rule = written.Value;
        if (rule.Inspect is not false)
        {
            if (rule.Expires is not null)
            {
                errors.Add(written.Error("expires", "'expires' belongs to a rule with 'inspect': false; another refusing rule is lifted for a time by an exception."));
            }

            return null;
        }

        if (rule.On != PolicyStage.Connect || rule.Outcome != PolicyOutcome.Allow)
        {
            errors.Add(written.Error("inspect", "'inspect': false needs 'on': connect and 'outcome': allow."));
        }

        if (string.IsNullOrWhiteSpace(rule.Reason))
        {
            errors.Add(written.Error("A rule with 'inspect': false needs a reason."));
        }

        if (rule.Expires is null)
        {
            errors.Add(written.Error("A rule with 'inspect': false needs 'expires'."));
        }

        return Place(written, errors) is var (host, port) && rule.Expires is { } day
            ? new OpaqueRule(rule.Id, host, port, rule.Reason ?? "", RuleCompiler.EndOfDay(day))
            : null;
    }

    private static (string Host, int Port)? Place(Placed<RuleDocument> written, List<PolicyError> errors)
    {
        var match = written.Value.Match;
        if (match is { Host.Eq: { } host, Port.Eq: >= 1 and <= 65535 and var port })
        {
            return HostName.TryNormalise(host, out var name) is HostNameError.None ? (name, (int)port) : null; // a bad name was reported with the match
        }

        errors.Add(written.Error("match", "'inspect': false needs one host and one port, each by 'eq'."));
        return null;
    }
}
