namespace SecretsFirewall.Model;

/// <summary>Why an exchange was refused; each has one status and one wire code (DESIGN.md section 8). The zero value is our own failure.</summary>
public enum RefusalCode
{
    InspectionFailed = 0,
    PolicyDenied,
    HostDenied,

    /// <summary>Refused by policy, with guidance.</summary>
    Steered,
    UnboundReference,
    SecretBlocked,
    BypassAttempt,
    Killed,
    ScopeExceeded,
    BudgetExceeded,
    ApprovalRequired,
    ProxyAuthenticationRequired,
    ResourceLocked,
    TooLarge,
    TargetTooLong,
    HeadTooLarge,
    Uninspectable,
    HostMismatch,
    UnknownUpstream,
    MalformedRequest,
    Timeout,
    UpgradeRefused,
    ExpectationFailed,
    RateLimited,
    Overloaded,
    ProxyLoop,
    AuditUnavailable,
    UpstreamUnreachable,
    UpstreamAddressDenied,
    UpstreamNameNotFound,
    UpstreamCertificate,
    UpstreamProtocol,
    UpstreamTimeout,
    UpstreamUninspectable,
}

/// <summary>Who caused a failure: the audit record, the metric and the log use the same word.</summary>
public enum Blame
{
    Us = 0,
    Client,
    Upstream,
    Policy,
}

/// <summary>
/// A refusal as a value. <paramref name="Detail"/> is one sentence for the agent and its operator; it holds nothing that the request said,
/// a validated reference name aside.
/// </summary>
/// <param name="Rule">The policy rule or check that decided.</param>
/// <param name="Advice">What the agent may do instead, or the command that would allow it.</param>
/// <param name="Approval">The question that waits for a person; with <see cref="RefusalCode.ApprovalRequired"/> only.</param>
public sealed record Refusal(
    RefusalCode Code, string Detail, string? Rule = null, string? Advice = null, int? RetryAfterSeconds = null, ApprovalNotice? Approval = null)
{
    public int Status => Code switch
    {
        RefusalCode.PolicyDenied or RefusalCode.HostDenied or RefusalCode.Steered or RefusalCode.UnboundReference or RefusalCode.SecretBlocked
            or RefusalCode.BypassAttempt or RefusalCode.InspectionFailed or RefusalCode.Killed or RefusalCode.ScopeExceeded
            or RefusalCode.BudgetExceeded => 403,
        RefusalCode.ApprovalRequired => 428,
        RefusalCode.ProxyAuthenticationRequired => 407,
        RefusalCode.ResourceLocked => 409,
        RefusalCode.TooLarge => 413,
        RefusalCode.TargetTooLong => 414,
        RefusalCode.HeadTooLarge => 431,
        RefusalCode.Uninspectable => 415,
        RefusalCode.HostMismatch => 421,
        RefusalCode.UnknownUpstream => 404,
        RefusalCode.MalformedRequest => 400,
        RefusalCode.Timeout => 408,
        RefusalCode.UpgradeRefused => 426,
        RefusalCode.ExpectationFailed => 417,
        RefusalCode.RateLimited => 429,
        RefusalCode.Overloaded or RefusalCode.AuditUnavailable => 503,
        RefusalCode.ProxyLoop => 508,
        RefusalCode.UpstreamTimeout => 504,
        RefusalCode.UpstreamAddressDenied => 403,
        _ => 502,
    };

    /// <summary>The code on the wire, in the audit and in metrics.</summary>
    public string WireCode => Code switch
    {
        RefusalCode.PolicyDenied => "policy_denied",
        RefusalCode.HostDenied => "host_denied",
        RefusalCode.Steered => "steered",
        RefusalCode.UnboundReference => "unbound_ref",
        RefusalCode.SecretBlocked => "secret_blocked",
        RefusalCode.BypassAttempt => "bypass_attempt",
        RefusalCode.Killed => "killed",
        RefusalCode.ScopeExceeded => "scope_exceeded",
        RefusalCode.BudgetExceeded => "budget_exceeded",
        RefusalCode.ApprovalRequired => "approval_required",
        RefusalCode.ProxyAuthenticationRequired => "proxy_authentication_required",
        RefusalCode.ResourceLocked => "resource_locked",
        RefusalCode.TooLarge or RefusalCode.TargetTooLong or RefusalCode.HeadTooLarge => "too_large",
        RefusalCode.Uninspectable => "uninspectable",
        RefusalCode.HostMismatch => "host_mismatch",
        RefusalCode.UnknownUpstream => "unknown_upstream",
        RefusalCode.MalformedRequest => "malformed_request",
        RefusalCode.Timeout => "timeout",
        RefusalCode.UpgradeRefused => "upgrade_refused",
        RefusalCode.ExpectationFailed => "expectation_failed",
        RefusalCode.RateLimited => "rate_limited",
        RefusalCode.Overloaded => "overloaded",
        RefusalCode.AuditUnavailable => "audit_unavailable",
        RefusalCode.ProxyLoop => "proxy_loop",
        RefusalCode.UpstreamUnreachable => "upstream_unreachable",
        RefusalCode.UpstreamAddressDenied => "host_denied",
        RefusalCode.UpstreamNameNotFound => "upstream_name_not_found",
        RefusalCode.UpstreamCertificate => "upstream_certificate",
        RefusalCode.UpstreamProtocol => "upstream_protocol",
        RefusalCode.UpstreamTimeout => "upstream_timeout",
        RefusalCode.UpstreamUninspectable => "upstream_uninspectable",
        _ => "inspection_failed",
    };

    /// <summary>The error token of the <c>Proxy-Status</c> field (RFC 9209 section 2.3).</summary>
    public string ProxyStatusError => Code switch
    {
        RefusalCode.UpstreamUnreachable => "destination_unavailable",
        RefusalCode.UpstreamAddressDenied => "destination_ip_prohibited",
        RefusalCode.UpstreamNameNotFound => "dns_error",
        RefusalCode.UnknownUpstream => "destination_not_found",
        RefusalCode.UpstreamCertificate => "tls_certificate_error",
        RefusalCode.UpstreamProtocol => "http_protocol_error",
        RefusalCode.UpstreamTimeout => "http_response_timeout",
        RefusalCode.UpstreamUninspectable => "http_response_content_coding",
        RefusalCode.MalformedRequest or RefusalCode.Uninspectable or RefusalCode.TooLarge or RefusalCode.TargetTooLong
            or RefusalCode.HeadTooLarge or RefusalCode.Timeout or RefusalCode.ExpectationFailed => "http_request_error",
        RefusalCode.UpgradeRefused => "http_upgrade_failed",
        RefusalCode.RateLimited or RefusalCode.Overloaded => "connection_limit_reached",
        RefusalCode.ProxyLoop => "proxy_loop_detected",
        RefusalCode.InspectionFailed or RefusalCode.AuditUnavailable => "proxy_internal_error",
        _ => "http_request_denied",
    };

    public Blame Blame => Code switch
    {
        RefusalCode.InspectionFailed or RefusalCode.AuditUnavailable or RefusalCode.Overloaded => Blame.Us,
        RefusalCode.UpstreamAddressDenied => Blame.Policy, // known only where the connection is made, and ours to say all the same
        >= RefusalCode.UpstreamUnreachable => Blame.Upstream,
        RefusalCode.MalformedRequest or RefusalCode.Timeout or RefusalCode.ProxyAuthenticationRequired or RefusalCode.ExpectationFailed
            or RefusalCode.TargetTooLong or RefusalCode.HeadTooLarge or RefusalCode.UnknownUpstream => Blame.Client,
        _ => Blame.Policy,
    };
}

/// <summary>Carries a refusal out of a stream that a library reads. Nothing else may throw it, and only the pipeline catches it.</summary>
/// <param name="fault">The failure of ours behind it, if there is one.</param>
public sealed class RefusedException(Refusal refusal, Exception? fault = null) : IOException(refusal.WireCode, fault)
{
    public Refusal Refusal { get; } = refusal;
}
