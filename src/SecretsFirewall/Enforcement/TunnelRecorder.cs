using SecretsFirewall.Audit;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Enforcement;

/// <summary>Says in the audit what happened before there was an exchange, and in tunnels where there is none.</summary>
internal sealed class TunnelRecorder(AuditLog audit, DetectionRegistry detection) : IListenerEvents
{
    /// <summary>False where the record could not be handed to the kernel: nothing may be forwarded.</summary>
    public bool TryRecordOpened(Tunnel tunnel, OpaqueRule rule) => audit.TryAppend(RecordOf(tunnel, AuditTypes.TunnelOpened) with
    {
        Outcome = "allow",
        Rule = rule.Id,
        Verdict = Verdict.Unverified,
        Detail = rule.Reason,
    });

    /// <param name="refusal">Why there was no connection.</param>
    /// <param name="wasCut">The rule ended, or the agent was stopped, while it was open.</param>
    public void RecordClosed(Tunnel tunnel, OpaqueRule rule, TunnelBytes bytes, Refusal? refusal, bool wasCut) =>
        audit.TryAppend(RecordOf(tunnel, AuditTypes.TunnelClosed) with
        {
            Rule = rule.Id,
            Verdict = refusal switch
            {
                null => Verdict.Unverified,
                { Blame: Blame.Upstream } => Verdict.UpstreamFailed,
                _ => Verdict.Refused,
            },
            Code = refusal?.WireCode,
            Blame = refusal?.Blame,
            Detail = refusal?.Detail ?? (wasCut ? "Cut: its rule no longer lets it pass unread, or its agent was stopped." : null),
            RequestBytes = bytes.Request,
            ResponseBytes = bytes.Response,
        });

    void IListenerEvents.HandshakeRefused(HandshakeFault fault, AgentIdentity? agent)
    {
        var (type, code, status, blame, detail) = Words(fault);
        audit.TryAppend(new AuditRecord
        {
            Type = type,
            Agent = agent?.Name,
            Session = agent?.Session,
            Verdict = Verdict.Refused,
            Status = status,
            Code = code,
            Blame = blame,
            Detail = detail,
        });
    }

    void IListenerEvents.TunnelRefused(Tunnel tunnel, TunnelFault fault)
    {
        var (type, code, detail) = Words(fault);
        if (fault is TunnelFault.CertificateRejected && tunnel.IsBeyondAuthority)
        {
            detail = "The client broke off the TLS handshake: the agent's authority does not vouch for this host.";
        }

        if (fault is TunnelFault.CertificateRejected && tunnel.NamesUsedUp)
        {
            (type, code) = (AuditTypes.Tunnel, "rate_limited");
            detail = "The agent has named more hosts than it may in an hour (limits.names_per_agent_and_hour); the TLS handshake was ended.";
        }

        audit.TryAppend(RecordOf(tunnel, type) with { Verdict = Verdict.Refused, Code = code, Blame = Blame.Client, Detail = detail });
    }

    void IListenerEvents.RequestUnread(Tunnel? tunnel, int? status)
    {
        var refusal = Unread(status);
        var record = tunnel is null ? new AuditRecord { Type = AuditTypes.Outcome } : RecordOf(tunnel, AuditTypes.Outcome);
        audit.TryAppend(record with
        {
            Type = refusal.Code is RefusalCode.MalformedRequest ? AuditTypes.BypassAttempt : AuditTypes.Outcome,
            Verdict = Verdict.Refused,
            Status = status,
            Code = refusal.WireCode,
            Blame = refusal.Blame,
            Rule = refusal.Rule,
            Detail = refusal.Detail,
        });
    }

    void IListenerEvents.AuthenticationFailed(string? host, int port) => audit.TryAppend(new AuditRecord
    {
        Type = AuditTypes.Tunnel,
        Destination = host is null ? null : RecordedText.Masked(new Destination("https", host, port), detection.Current),
        Verdict = Verdict.Refused,
        Status = 407,
        Code = "proxy_authentication_required",
        Blame = Blame.Client,
        Detail = "No or wrong credentials.",
    });

    private static Refusal Unread(int? status) => status switch
    {
        408 => new(RefusalCode.Timeout, "The request's head did not arrive in time.", Rule: "limits.head_timeout"),
        413 => new(RefusalCode.TooLarge, "The request's body is too large.", Rule: "limits.buffer"),
        414 => new(RefusalCode.TargetTooLong, "The request line is too long.", Rule: "limits.target"),
        431 => new(RefusalCode.HeadTooLarge, "The request's head is too large.", Rule: "limits.head"),
        _ => new(RefusalCode.MalformedRequest, "The request's head or framing cannot be read, or can be read in two ways; nothing was forwarded.", Rule: "syntax"),
    };

    private static (string Type, string Code, int? Status, Blame Blame, string Detail) Words(HandshakeFault fault) => fault switch
    {
        HandshakeFault.TooLarge => (AuditTypes.Tunnel, "too_large", 431, Blame.Client, "The CONNECT request's head is too large."),
        HandshakeFault.TimedOut => (AuditTypes.Tunnel, "timeout", 408, Blame.Client, "The rest of the CONNECT request or SOCKS handshake did not arrive in time."),
        HandshakeFault.TlsToUs => (AuditTypes.Tunnel, "malformed_request", null, Blame.Client, "TLS to the proxy itself; its address begins with http://."),
        HandshakeFault.SocksCommand => (
            AuditTypes.BypassAttempt, "bypass_attempt", null, Blame.Client, "A SOCKS command other than CONNECT; nothing was opened."),
        HandshakeFault.TooManyTunnels => (AuditTypes.Tunnel, "overloaded", 503, Blame.Us, "This agent has too many tunnels open."),
        HandshakeFault.TooManyConnections => (
            AuditTypes.Tunnel, "overloaded", 503, Blame.Us, "The process holds as many connections as it may open files for (limits.connections)."),
        _ => (AuditTypes.Tunnel, "malformed_request", 400, Blame.Client, "The CONNECT request or SOCKS handshake is malformed."),
    };

    private static (string Type, string Code, string Detail) Words(TunnelFault fault) => fault switch
    {
        TunnelFault.MalformedHello => (AuditTypes.BypassAttempt, "bypass_attempt", "The tunnel began like TLS and was no ClientHello; nothing was forwarded."),
        TunnelFault.TlsTooOld => (AuditTypes.BypassAttempt, "bypass_attempt", "The client offers no TLS from 1.2 on; nothing was forwarded."),
        TunnelFault.EncryptedHello => (
            AuditTypes.BypassAttempt, "bypass_attempt", "The name inside the ClientHello is encrypted and the one outside is not the tunnel's; nothing was forwarded."),
        TunnelFault.TimedOut => (AuditTypes.Tunnel, "timeout", "The rest of the tunnel's first message did not arrive in time."),
        TunnelFault.ServerName => (
            AuditTypes.BypassAttempt, "host_mismatch", "A tunnel that may pass unread asks for another name inside, or for none; nothing was forwarded."),
        TunnelFault.CertificateRejected => (
            AuditTypes.ClientRejectedCa, "client_rejected_ca", "The client broke off the TLS handshake: most likely it does not trust the firewall's authority."),
        _ => (AuditTypes.BypassAttempt, "bypass_attempt", "The tunnel's bytes were not TLS; nothing was forwarded."),
    };

    private AuditRecord RecordOf(Tunnel tunnel, string type) => new()
    {
        Type = type,
        Agent = tunnel.Agent.Name,
        Session = tunnel.Agent.Session,
        Destination = RecordedText.Masked(tunnel.Destination, detection.Current),
    };
}
