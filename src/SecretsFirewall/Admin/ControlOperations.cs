using static SecretsFirewall.Admin.ControlJson;

namespace SecretsFirewall.Admin;

/// <summary>Everything that can be asked of a firewall. Client and server share this table, so that they cannot disagree about a shape.</summary>
internal static class ControlOperations
{
    public static readonly ControlOperation<NoContent, StatusReply> Status = new("status", Default.NoContent, Default.StatusReply);

    public static readonly ControlOperation<AddSecretRequest, NoContent> SecretsAdd = new("secrets.add", Default.AddSecretRequest, Default.NoContent);

    public static readonly ControlOperation<NoContent, SecretsReply> SecretsList = new("secrets.list", Default.NoContent, Default.SecretsReply);

    public static readonly ControlOperation<NameRequest, NoContent> SecretsRemove = new("secrets.remove", Default.NameRequest, Default.NoContent);

    public static readonly ControlOperation<RotateRequest, RotateReply> SecretsRotate = new("secrets.rotate", Default.RotateRequest, Default.RotateReply);

    public static readonly ControlOperation<NameRequest, NoContent> SecretsForgetOld = new("secrets.forget_old", Default.NameRequest, Default.NoContent);

    public static readonly ControlOperation<AddCanaryRequest, NoContent> SecretsCanary = new("secrets.canary", Default.AddCanaryRequest, Default.NoContent);

    public static readonly ControlOperation<NoContent, CapturedReply> SecretsCaptured = new("secrets.captured", Default.NoContent, Default.CapturedReply);

    public static readonly ControlOperation<AdoptRequest, NoContent> SecretsAdopt = new("secrets.adopt", Default.AdoptRequest, Default.NoContent);

    public static readonly ControlOperation<BindRequest, BindingReply> SecretsBind = new("secrets.bind", Default.BindRequest, Default.BindingReply);

    public static readonly ControlOperation<NameRequest, NoContent> SecretsUnbind = new("secrets.unbind", Default.NameRequest, Default.NoContent);

    public static readonly ControlOperation<ImportRequest, ImportReply> SecretsImport = new("secrets.import", Default.ImportRequest, Default.ImportReply);

    public static readonly ControlOperation<AddAgentRequest, AgentTokenReply> AgentsAdd = new("agents.add", Default.AddAgentRequest, Default.AgentTokenReply);

    public static readonly ControlOperation<NoContent, AgentsReply> AgentsList = new("agents.list", Default.NoContent, Default.AgentsReply);

    public static readonly ControlOperation<NameRequest, NoContent> AgentsRemove = new("agents.remove", Default.NameRequest, Default.NoContent);

    public static readonly ControlOperation<KillRequest, NoContent> Kill = new("kill", Default.KillRequest, Default.NoContent);

    public static readonly ControlOperation<UnkillRequest, NoContent> Unkill = new("unkill", Default.UnkillRequest, Default.NoContent);

    public static readonly ControlOperation<NoContent, KillsReply> KillsList = new("kills.list", Default.NoContent, Default.KillsReply);

    public static readonly ControlOperation<GateRequest, NoContent> GateUnlock = new("gate.unlock", Default.GateRequest, Default.NoContent);

    public static readonly ControlOperation<GateRequest, NoContent> GateLock = new("gate.lock", Default.GateRequest, Default.NoContent);

    public static readonly ControlOperation<NoContent, GateReply> GateList = new("gate.list", Default.NoContent, Default.GateReply);

    public static readonly ControlOperation<NoContent, AgentSessionsReply> AgentSessionsList = new("agent_sessions.list", Default.NoContent, Default.AgentSessionsReply);

    public static readonly ControlOperation<EndSessionRequest, NoContent> AgentSessionsEnd = new("agent_sessions.end", Default.EndSessionRequest, Default.NoContent);

    public static readonly ControlOperation<NoContent, ToolPinsReply> McpList = new("mcp.list", Default.NoContent, Default.ToolPinsReply);

    public static readonly ControlOperation<ToolPinRequest, NoContent> McpApprove = new("mcp.approve", Default.ToolPinRequest, Default.NoContent);

    public static readonly ControlOperation<ToolPinRequest, NoContent> McpForget = new("mcp.forget", Default.ToolPinRequest, Default.NoContent);

    public static readonly ControlOperation<BackupRequest, NoContent> Backup = new("backup", Default.BackupRequest, Default.NoContent);

    /// <summary>Answers only when the session has been closed, or never where the caller goes first: the connection is the session's life.</summary>
    public static readonly ControlOperation<SessionRequest, NoContent> SessionHold = new("session.hold", Default.SessionRequest, Default.NoContent);

    public static readonly ControlOperation<SessionRequest, SessionReply> SessionOpen = new("session.open", Default.SessionRequest, Default.SessionReply);

    public static readonly ControlOperation<SessionRequest, SessionSummary> SessionClose = new("session.close", Default.SessionRequest, Default.SessionSummary);

    public static readonly ControlOperation<LoadPolicyRequest, BundleReply> PolicyLoad = new("policy.load", Default.LoadPolicyRequest, Default.BundleReply);

    public static readonly ControlOperation<NoContent, PolicyStatusReply> PolicyStatus = new("policy.status", Default.NoContent, Default.PolicyStatusReply);

    public static readonly ControlOperation<NoContent, PolicyFilesReply> PolicyFiles = new("policy.files", Default.NoContent, Default.PolicyFilesReply);

    public static readonly ControlOperation<NoContent, KeysReply> KeysList = new("keys.list", Default.NoContent, Default.KeysReply);

    public static readonly ControlOperation<TakeRootRequest, KeysReply> KeysTakeRoot = new("keys.take_root", Default.TakeRootRequest, Default.KeysReply);

    /// <summary>Where the audit log stands; a running firewall signs what is new first.</summary>
    public static readonly ControlOperation<NoContent, AuditStateReply> AuditState = new("audit.state", Default.NoContent, Default.AuditStateReply);

    public static readonly ControlOperation<NoContent, AuditKeyReply> AuditRotateKey = new("audit.rotate_key", Default.NoContent, Default.AuditKeyReply);

    public static readonly ControlOperation<NoContent, NoContent> AuditResume = new("audit.resume", Default.NoContent, Default.NoContent);

    public static readonly ControlOperation<AuditExportRequest, AuditExportReply> AuditExport = new("audit.export", Default.AuditExportRequest, Default.AuditExportReply);

    public static readonly ControlOperation<AnnotateRequest, NoContent> TraceAnnotate = new("trace.annotate", Default.AnnotateRequest, Default.NoContent);

    public static readonly ControlOperation<UsageRequest, UsageReply> Usage = new("usage", Default.UsageRequest, Default.UsageReply);

    public static readonly ControlOperation<SetBudgetRequest, NoContent> BudgetSet = new("budget.set", Default.SetBudgetRequest, Default.NoContent);

    public static readonly ControlOperation<NoContent, BudgetsReply> BudgetShow = new("budget.show", Default.NoContent, Default.BudgetsReply);

    public static readonly ControlOperation<ResetBudgetRequest, ResetBudgetReply> BudgetReset = new("budget.reset", Default.ResetBudgetRequest, Default.ResetBudgetReply);

    public static readonly ControlOperation<NameRequest, NoContent> BudgetRemove = new("budget.remove", Default.NameRequest, Default.NoContent);
    public static readonly ControlOperation<ListApprovalsRequest, ApprovalsReply> ApprovalsList = new("approvals.list", Default.ListApprovalsRequest, Default.ApprovalsReply);

    public static readonly ControlOperation<NameRequest, ApprovalDetailReply> ApprovalsShow = new("approvals.show", Default.NameRequest, Default.ApprovalDetailReply);

    public static readonly ControlOperation<AnswerApprovalRequest, ApprovalReply> ApprovalsAnswer = new("approvals.answer", Default.AnswerApprovalRequest, Default.ApprovalReply);

    public static readonly ControlOperation<AddAdminTokenRequest, AdminTokenReply> AdminTokensAdd = new("admin_tokens.add", Default.AddAdminTokenRequest, Default.AdminTokenReply);

    public static readonly ControlOperation<NoContent, AdminTokensReply> AdminTokensList = new("admin_tokens.list", Default.NoContent, Default.AdminTokensReply);

    public static readonly ControlOperation<NameRequest, NoContent> AdminTokensRemove = new("admin_tokens.remove", Default.NameRequest, Default.NoContent);

    public static readonly ControlOperation<AddOverrideRequest, OverrideReply> OverridesAdd = new("overrides.add", Default.AddOverrideRequest, Default.OverrideReply);

    public static readonly ControlOperation<NoContent, OverridesReply> OverridesList = new("overrides.list", Default.NoContent, Default.OverridesReply);

    public static readonly ControlOperation<NameRequest, NoContent> OverridesEnd = new("overrides.end", Default.NameRequest, Default.NoContent);

    /// <summary>Makes a name of the doctor's reachable through the running firewall until its session ends.</summary>
    public static readonly ControlOperation<ProbeRequest, NoContent> DoctorRoute = new("doctor.route", Default.ProbeRequest, Default.NoContent);
}
