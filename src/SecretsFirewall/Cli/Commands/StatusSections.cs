using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Commands;

/// <summary>The parts of <c>sfw status</c> below its head, in the order in which they are shown. One that has nothing to say leaves its line out.</summary>
internal static class StatusSections
{
    private static readonly IReadOnlyList<(string Name, Func<ControlContext, StatusReply, Task<string?>> Say)> All =
    [
        ("coverage", static (_, status) => Task.FromResult(Coverage(status))),
        ("keys", static (context, status) => Task.FromResult<string?>(Keys(context.Home, status))),
        ("stopped", static (context, _) => AskAsync(context, ControlOperations.KillsList, static reply => Stopped(reply))),
        ("gate", static (context, _) => AskAsync(context, ControlOperations.GateList, static reply => Open(reply))),
        ("sessions", static (context, _) => AskAsync(context, ControlOperations.AgentSessionsList, static reply => Sessions(reply))),
        ("budgets", static (context, _) => AskAsync(context, ControlOperations.BudgetShow, static reply => Budgets(reply))),
        ("approvals", static (context, _) => AskAsync(context, ControlOperations.ApprovalsList, new ListApprovalsRequest("pending", null, null, 100), static reply => Approvals(reply))),
        ("MCP", static (context, _) => AskAsync(context, ControlOperations.McpList, static reply => Pins(reply))),
        ("log", static (_, status) => Task.FromResult(Log(status))),
        ("signed", static (_, status) => Task.FromResult(Signed(status))),
        ("witnesses", static (_, status) => Task.FromResult(Witnesses(status))),
    ];

    public static async Task WriteAsync(ControlContext context, StatusReply status)
    {
        foreach (var (name, say) in All)
        {
            if (await say(context, status) is { } said)
            {
                context.Output.Line($"{name,-10}{TerminalText.Escape(said)}");
            }
        }
    }

    private static Task<string?> AskAsync<TReply>(ControlContext context, ControlOperation<NoContent, TReply> operation, Func<TReply, string?> say) =>
        AskAsync(context, operation, NoContent.Instance, say);

    /// <summary>Null also where it cannot be answered now: the rest of the screen does not wait for it.</summary>
    private static async Task<string?> AskAsync<TRequest, TReply>(
        ControlContext context, ControlOperation<TRequest, TReply> operation, TRequest request, Func<TReply, string?> say)
    {
        var reply = await context.Client.CallAsync(operation, request, context.Cancellation);
        return reply.Failure is null && reply.Value is { } value ? say(value) : null;
    }

    private static string? Coverage(StatusReply status) => status.Coverage is not { } counts ? null : string.Create(
        CultureInfo.InvariantCulture, $"{counts.Inspected} inspected, {counts.Refused} refused, {counts.Opaque} tunnels unread, since the start");

    private static string Keys(FirewallHome home, StatusReply status)
    {
        var now = TimeProvider.System.GetUtcNow();
        var ages = new[] { ("master", home.MasterKey), ("install", home.InstallKey), ("CA", home.CaKey), ("audit", home.AuditKey) }
            .Where(static one => File.Exists(one.Item2))
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Item1} {(int)(now.UtcDateTime - File.GetLastWriteTimeUtc(one.Item2)).TotalDays} d old"));
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", ages)}; the CA ends in {(int)(status.CaExpires - now).TotalDays} d");
    }

    private static string? Stopped(KillsReply reply) => reply.Kills.Count == 0 ? "nothing" : string.Join(", ", reply.Kills.Select(static kill => $"{kill.Scope} {kill.Name}".TrimEnd()));

    private static string? Open(GateReply reply) => reply.Open.Count == 0
        ? "locked"
        : string.Join(", ", reply.Open.Select(static one => string.Create(CultureInfo.InvariantCulture, $"open for {one.Agent} to {one.Target} until {one.Until:u}")));

    private static string? Sessions(AgentSessionsReply reply)
    {
        var own = reply.Sessions.Where(static one => one.Session is not null).ToList();
        return own.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{own.Count}, {own.Sum(static one => one.Open)} exchanges under way, highest risk {own.Max(static one => one.Risk)}");
    }

    private static string? Budgets(BudgetsReply reply) => reply.Budgets.Count == 0
        ? null
        : string.Join(", ", reply.Budgets.Select(static one => $"{one.Name} ({(one.Hard ? "hard" : "soft")}, {one.Window.ToString().ToLowerInvariant()})")) + ": sfw budget show";

    private static string? Approvals(ApprovalsReply reply) => reply.Approvals.Count == 0
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{reply.Approvals.Count}{(reply.Next is null ? "" : " or more")} wait for a person: sfw approvals watch");

    private static string? Pins(ToolPinsReply reply) => reply.Tools.Count(static one => one.State == "pending") is var waiting && waiting > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{waiting} changed descriptions wait: sfw mcp list")
        : null;

    private static string? Log(StatusReply status) => status.Log is not { } log ? null : string.Create(
        CultureInfo.InvariantCulture, $"record {log.Sequence}, {log.Bytes / 1048576.0:0.0} MiB in {log.Directory}");

    private static string? Signed(StatusReply status)
    {
        if (status.Log is not { Sequence: > 0 } log)
        {
            return null;
        }

        var at = log.SignedAt is { } time ? string.Create(CultureInfo.InvariantCulture, $", {time:u}") : "";
        return log.SignedThrough == 0
            ? "nothing yet: no checkpoint was written"
            : string.Create(CultureInfo.InvariantCulture, $"up to record {log.SignedThrough}{at}; {Math.Max(0, log.Sequence - log.SignedThrough)} behind it; by key {log.Key[..16]}");
    }

    private static string? Witnesses(StatusReply status) => status.Log is not { } log ? null
        : log.Witnesses.Count == 0 ? status.ProcessId is null ? null : "none: whoever has this machine can write the log anew (anchor.*)"
        : string.Join("; ", log.Witnesses.Select(static one => one.Sequence == 0
            ? $"{one.Name} has nothing yet"
            : string.Create(CultureInfo.InvariantCulture, $"{one.Name} up to record {one.Sequence}, {one.At:u}{(one.Problem is null ? "" : ", and not the newest")}")));
}
