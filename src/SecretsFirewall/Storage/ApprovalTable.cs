using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;

namespace SecretsFirewall.Storage;

/// <summary>Questions to people and their answers. What is asked and what is taken is one statement behind one commit: no two callers can take the same use.</summary>
internal sealed class ApprovalTable(SqliteSession session) : IApprovalStore, IDisposable
{
    private const string Columns =
        "id, fingerprint, scope, agent, session, rule, role, subject, state, created_ms, expires_ms, answered_ms, answered_by, answer_role, note, for_session, uses_left, until_ms, most_cost, cost, used_ms";

    private const string Pending = "pending";

    private readonly GroupedWrites _writes = new(session);

    public async Task<AskResult> AskAsync(ApprovalRequest question, string? named, DateTimeOffset now, int mostWaiting)
    {
        var result = default(AskResult);
        return await _writes.WriteAsync((connection, transaction) => result = Ask(connection, transaction, question, named, now, mostWaiting)) ? result : default;
    }

    public void Dispose() => _writes.Dispose();

    public ApprovalRequest? Find(string id, out bool done)
    {
        ApprovalRequest? found = null;
        done = session.TryRun(connection => found = Find(connection, null, id));
        return found;
    }

    public IReadOnlyList<ApprovalRequest>? List(ApprovalFilter filter, DateTimeOffset now)
    {
        // What has expired is known by the clock alone; so is what is used up by its count.
        var state = filter.Status switch
        {
            ApprovalStatus.Pending => "state = 'pending' AND expires_ms > $now",
            ApprovalStatus.Approved => "state = 'approved' AND uses_left > 0 AND spent = 0 AND until_ms > $now",
            ApprovalStatus.Used => "state = 'approved' AND (uses_left <= 0 OR spent = 1)",
            ApprovalStatus.Expired => "((state = 'pending' AND expires_ms <= $now) OR (state = 'approved' AND uses_left > 0 AND spent = 0 AND until_ms <= $now))",
            ApprovalStatus.Denied => "state = 'denied'",
            ApprovalStatus.Cancelled => "state = 'cancelled'",
            _ => "1 = 1",
        };
        List<ApprovalRequest>? found = null;
        return session.TryRun(connection => found = connection.Query(
            $"""
            SELECT {Columns} FROM approvals
            WHERE {state} AND ($agent IS NULL OR agent = $agent) AND ($fingerprint IS NULL OR fingerprint = $fingerprint) AND ($before IS NULL OR id < $before)
            ORDER BY id DESC LIMIT $most
            """,
            Read, null, ("$now", Time(now)), ("$agent", filter.Agent), ("$fingerprint", filter.Fingerprint), ("$before", filter.Before), ("$most", (long)filter.Most)))
            ? found
            : null;
    }

    public ApprovalError Answer(string id, ApprovalAnswer answer, ApprovalGrant? grant, DateTimeOffset now)
    {
        var error = ApprovalError.StoreUnavailable;
        return _writes.TryWrite((connection, transaction) =>
        {
            var changed = connection.Execute(
                """
                UPDATE approvals SET state = $state, answered_ms = $at, answered_by = $by, answer_role = $role, note = $note,
                    for_session = $for_session, uses_left = $uses, until_ms = $until, most_cost = $most_cost
                WHERE id = $id AND state = 'pending' AND expires_ms > $now
                """,
                transaction,
                ("$id", id), ("$state", answer.IsYes ? "approved" : "denied"), ("$at", Time(answer.At)), ("$by", answer.By), ("$role", answer.Role.Word()), ("$note", answer.Note),
                ("$for_session", grant is { ForSession: true } ? 1L : 0L), ("$uses", (long)(grant?.UsesLeft ?? 0)), ("$until", grant is null ? null : Time(grant.Until)),
                ("$most_cost", grant?.MostCost is { } most ? most.ToString(CultureInfo.InvariantCulture) : null), ("$now", Time(now)));
            error = changed == 1 ? ApprovalError.None : Find(connection, transaction, id)?.StatusAt(now) switch
            {
                null => ApprovalError.NotFound,
                ApprovalStatus.Cancelled => ApprovalError.Cancelled,
                ApprovalStatus.Expired => ApprovalError.Expired,
                _ => ApprovalError.AlreadyAnswered,
            };
        }) ? error : ApprovalError.StoreUnavailable;
    }

    public ApprovalError Consume(string id, DateTimeOffset now, out ApprovalRequest? request)
    {
        var error = ApprovalError.StoreUnavailable;
        ApprovalRequest? found = null;
        var done = _writes.TryWrite((connection, transaction) =>
        {
            var taken = Take(connection, transaction, id, now);
            found = Find(connection, transaction, id);
            error = taken ? ApprovalError.None : found?.StatusAt(now) switch
            {
                null => ApprovalError.NotFound,
                ApprovalStatus.Used => ApprovalError.AlreadyUsed,
                ApprovalStatus.Expired => ApprovalError.Expired,
                ApprovalStatus.Cancelled => ApprovalError.Cancelled,
                _ => ApprovalError.NotApproved,
            };
        });
        request = done ? found : null;
        return done ? error : ApprovalError.StoreUnavailable;
    }

    public bool GiveBack(string id, decimal cost) => _writes.TryWrite((connection, transaction) =>
    {
        connection.Execute(
            "UPDATE approvals SET uses_left = uses_left + 1 WHERE id = $id AND state = 'approved' AND (for_session = 1 OR uses_left = 0)", transaction, ("$id", id));
        AddCost(connection, transaction, id, -cost);
    });

    public bool AddCost(string id, decimal cost) => _writes.TryWrite((connection, transaction) => AddCost(connection, transaction, id, cost));

    public IReadOnlyList<ApprovalRequest>? Cancel(string? agent, DateTimeOffset now)
    {
        List<ApprovalRequest>? cancelled = null;
        return _writes.TryWrite((connection, transaction) =>
        {
            cancelled = connection.Query(
                $"""
                UPDATE approvals SET state = 'cancelled', uses_left = 0
                WHERE ($agent IS NULL OR agent = $agent)
                    AND ((state = 'pending' AND expires_ms > $now) OR (state = 'approved' AND uses_left > 0 AND until_ms > $now))
                RETURNING {Columns}
                """,
                Read, transaction, ("$agent", agent), ("$now", Time(now)));
        }) ? cancelled : null;
    }

    public (IReadOnlyList<ApprovalRequest> Ageing, IReadOnlyList<ApprovalRequest> Expired)? TakeDue(DateTimeOffset now)
    {
        List<ApprovalRequest> ageing = [], expired = [];
        var isAny = false;
        var done = session.TryRun(connection => isAny = connection.Query(
            "SELECT 1 FROM approvals WHERE state = 'pending' AND announced < 2 AND (expires_ms <= $now OR (announced = 0 AND created_ms + expires_ms <= 2 * $now)) LIMIT 1",
            static _ => true, null, ("$now", Time(now))).Count > 0);
        if (!done || !isAny)
        {
            return done ? (ageing, expired) : null; // mostly nothing: no write, and no wait for the disk
        }

        return _writes.TryWrite((connection, transaction) =>
        {
            expired = connection.Query(
                $"UPDATE approvals SET announced = 2 WHERE state = 'pending' AND announced < 2 AND expires_ms <= $now RETURNING {Columns}", Read, transaction, ("$now", Time(now)));
            ageing = connection.Query(
                $"UPDATE approvals SET announced = 1 WHERE state = 'pending' AND announced = 0 AND created_ms + expires_ms <= 2 * $now AND expires_ms > $now RETURNING {Columns}",
                Read, transaction, ("$now", Time(now)));
        }) ? (ageing, expired) : null;
    }

    public bool Prune(DateTimeOffset before, DateTimeOffset now) => _writes.TryWrite((connection, transaction) => connection.Execute(
        "DELETE FROM approvals WHERE created_ms < $before AND expires_ms <= $now AND (until_ms IS NULL OR until_ms <= $now)",
        transaction, ("$before", Time(before)), ("$now", Time(now))));

    private static AskResult Ask(SqliteConnection connection, SqliteTransaction transaction, ApprovalRequest question, string? named, DateTimeOffset now, int mostWaiting)
    {
        var why = ApprovalError.None;
        var usable = named is null ? FindGrant(connection, transaction, question, now) : FindNamed(connection, transaction, question, named, now, out why);
        if (usable is not null && Take(connection, transaction, usable, now))
        {
            AddCost(connection, transaction, usable, question.Subject.MayCost ?? 0);
            return new AskResult(AskOutcome.Granted, Find(connection, transaction, usable));
        }

        return FindOrAsk(connection, transaction, question, now, mostWaiting) with { Named = why };
    }

    /// <summary>What was agreed to for this very action first: an answer for the session is spared. One with a limit of money is for nothing without a price.</summary>
    private static string? FindGrant(SqliteConnection connection, SqliteTransaction transaction, ApprovalRequest question, DateTimeOffset now) => connection.Query(
        """
        SELECT id FROM approvals
        WHERE state = 'approved' AND uses_left > 0 AND spent = 0 AND until_ms > $now AND agent = $agent
            AND (fingerprint = $fingerprint OR (for_session = 1 AND scope = $scope)) AND (most_cost IS NULL OR $priced = 1)
            AND instr($roles, answer_role || ',') > 0
        ORDER BY for_session, until_ms LIMIT 1
        """,
        static row => row.GetString(0), transaction,
        ("$now", Time(now)), ("$agent", question.Agent), ("$fingerprint", question.Fingerprint), ("$scope", question.Scope), ("$priced", question.Subject.MayCost is null ? 0L : 1L),
        ("$roles", RolesFrom(question.RequiredRole)))
        is [var id] ? id : null;

    // What a rule asks for may rest on more than the action, such as what was found or happened before: who answered another rule may not be enough for this one.
    private static string RolesFrom(ApproverRole required) =>
        string.Concat(Enum.GetValues<ApproverRole>().Where(role => role >= required).Select(static role => role.Word() + ","));

    /// <summary>The answer that the agent names, where it is for this agent and action. Of any other the agent learns nothing.</summary>
    private static string? FindNamed(SqliteConnection connection, SqliteTransaction transaction, ApprovalRequest question, string named, DateTimeOffset now, out ApprovalError why)
    {
        var found = Find(connection, transaction, named);
        var isFor = found is not null && found.Agent == question.Agent
            && (found.Fingerprint == question.Fingerprint || (found.Grant is { ForSession: true } && found.Scope == question.Scope))
            && (found.Grant?.MostCost is null || question.Subject.MayCost is not null)
            && (found.Answer is not { IsYes: true } answer || answer.Role >= question.RequiredRole);
        why = !isFor ? ApprovalError.NotFound : found!.StatusAt(now) switch
        {
            ApprovalStatus.Approved => ApprovalError.None,
            ApprovalStatus.Used => ApprovalError.AlreadyUsed,
            ApprovalStatus.Expired => ApprovalError.Expired,
            ApprovalStatus.Cancelled => ApprovalError.Cancelled,
            _ => ApprovalError.NotApproved,
        };
        return why is ApprovalError.None ? named : null;
    }

    private static AskResult FindOrAsk(SqliteConnection connection, SqliteTransaction transaction, ApprovalRequest question, DateTimeOffset now, int mostWaiting)
    {
        // The newest word about this action counts, for as long as its question was to be answered.
        var open = connection.Query(
            $"SELECT {Columns} FROM approvals WHERE fingerprint = $fingerprint AND agent = $agent AND state IN ('pending', 'denied') AND expires_ms > $now ORDER BY id DESC LIMIT 1",
            Read, transaction, ("$fingerprint", question.Fingerprint), ("$agent", question.Agent), ("$now", Time(now)));
        if (open is [var found])
        {
            return new AskResult(found.Answer is null ? AskOutcome.Waiting : AskOutcome.Denied, found);
        }

        var waiting = connection.Query(
            "SELECT count(*) FROM approvals WHERE agent = $agent AND state = 'pending' AND expires_ms > $now",
            static row => row.GetInt64(0), transaction, ("$agent", question.Agent), ("$now", Time(now)));
        if (waiting[0] >= mostWaiting)
        {
            return new AskResult(AskOutcome.TooMany, null);
        }

        connection.Execute(
            """
            INSERT INTO approvals (id, fingerprint, scope, agent, session, rule, role, subject, state, created_ms, expires_ms)
            VALUES ($id, $fingerprint, $scope, $agent, $session, $rule, $role, $subject, $state, $created, $expires)
            """,
            transaction,
            ("$id", question.Id), ("$fingerprint", question.Fingerprint), ("$scope", question.Scope), ("$agent", question.Agent), ("$session", question.Session),
            ("$rule", question.Rule), ("$role", question.RequiredRole.Word()), ("$subject", JsonSerializer.Serialize(question.Subject, ApprovalJson.Default.ApprovalSubject)),
            ("$state", Pending), ("$created", Time(question.CreatedAt)), ("$expires", Time(question.ExpiresAt)));
        return new AskResult(AskOutcome.Asked, question);
    }

    private static void AddCost(SqliteConnection connection, SqliteTransaction transaction, string id, decimal cost)
    {
        if (cost == 0 || Find(connection, transaction, id)?.Grant is not { MostCost: not null } grant)
        {
            return;
        }

        var sum = grant.Cost + cost;
        connection.Execute(
            "UPDATE approvals SET cost = $cost, spent = $spent WHERE id = $id",
            transaction, ("$id", id), ("$cost", sum.ToString(CultureInfo.InvariantCulture)), ("$spent", grant with { Cost = sum } is { IsSpent: true } ? 1L : 0L));
    }

    private static bool Take(SqliteConnection connection, SqliteTransaction transaction, string id, DateTimeOffset now) => connection.Execute(
        "UPDATE approvals SET uses_left = uses_left - 1, used_ms = $now WHERE id = $id AND state = 'approved' AND uses_left > 0 AND spent = 0 AND until_ms > $now",
        transaction, ("$id", id), ("$now", Time(now))) == 1;

    private static ApprovalRequest? Find(SqliteConnection connection, SqliteTransaction? transaction, string id) =>
        connection.Query($"SELECT {Columns} FROM approvals WHERE id = $id", Read, transaction, ("$id", id)) is [var found] ? found : null;

    private static ApprovalRequest Read(SqliteDataReader row)
    {
        var state = row.GetString(8);
        var isYes = !row.IsDBNull(17);
        return new ApprovalRequest
        {
            Id = row.GetString(0),
            Fingerprint = row.GetString(1),
            Scope = row.GetString(2),
            Agent = row.GetString(3),
            Session = row.GetString(4),
            Rule = row.GetString(5),
            RequiredRole = ApproverRoles.Parse(row.GetString(6)) is var role and not ApproverRole.None ? role : ApproverRole.Admin,
            Subject = JsonSerializer.Deserialize(row.GetString(7), ApprovalJson.Default.ApprovalSubject)!,
            CreatedAt = row.GetTime(9),
            ExpiresAt = row.GetTime(10),
            Answer = row.GetTimeOrNull(11) is { } at
                ? new ApprovalAnswer(isYes, row.GetStringOrNull(12) ?? "", ApproverRoles.Parse(row.GetStringOrNull(13)), at, row.GetStringOrNull(14))
                : null,
            Grant = isYes
                ? new ApprovalGrant(
                    row.GetInt64(15) != 0, row.GetInt32(16), row.GetTime(17),
                    row.GetStringOrNull(18) is { } most ? decimal.Parse(most, CultureInfo.InvariantCulture) : null, decimal.Parse(row.GetString(19), CultureInfo.InvariantCulture))
                : null,
            UsedAt = row.GetTimeOrNull(20),
            IsCancelled = state == "cancelled",
        };
    }

    private static long Time(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
