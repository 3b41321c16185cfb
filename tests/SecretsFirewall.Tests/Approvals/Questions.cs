using SecretsFirewall.Approvals;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Approvals;

/// <summary>Questions as the proxy asks them.</summary>
internal static class Questions
{
    public static ApprovalRequest Make(DateTimeOffset now, string fingerprint = "a") => new()
    {
        Id = ApprovalDesk.NewId(now),
        Fingerprint = fingerprint,
        Scope = "scope",
        Agent = "agent",
        Session = "agent",
        Rule = "ask",
        RequiredRole = ApproverRole.Operator,
        CreatedAt = now,
        ExpiresAt = now.AddHours(1),
        Subject = new ApprovalSubject
        {
            Kind = ApprovalSubject.Request,
            Method = "POST",
            Destination = "https://api.example",
            Target = "/issues?<b>",
            Content = "{}",
            ContentBytes = 2,
            Reason = "Somebody looks at it.",
            Matched = ["ask"],
            BundleName = "default",
            BundleRevision = 1,
            BundleHash = "sha256:00",
            Exchange = "ex",
        },
    };
}
