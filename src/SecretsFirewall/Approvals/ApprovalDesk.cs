using SecretsFirewall.Model;

namespace SecretsFirewall.Approvals;

/// <summary>What happened to a question.</summary>
internal enum ApprovalEventKind
{
    Asked = 0,

    /// <summary>Half of its time is over, and nobody has answered.</summary>
    Reminder,
    Approved,
    Denied,
    Expired,
    Cancelled,
    Used,
}

/// <summary>Told to whoever announces questions to people.</summary>
internal sealed record ApprovalEvent(ApprovalEventKind Kind, ApprovalRequest Request, DateTimeOffset At);

/// <summary>
/// Where questions to people wait, are answered, and where answers are used up. All state is in the store; in memory are only those who wait for an answer right
/// now. What was agreed to is taken from the store before anything is forwarded: a process that dies in between has spent it.
/// </summary>
internal sealed class ApprovalDesk(IApprovalStore store, ApprovalOptions options, TimeProvider time)
{
    private readonly Dictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);

    /// <summary>Raised after it is stored, on the caller's thread: whoever listens notes it and returns.</summary>
    public event Action<ApprovalEvent>? Happened;

    public ApprovalOptions Options => options;

    /// <summary>Questions that somebody waits for right now.</summary>
    public int Awaited
    {
        get
        {
            lock (_waiting)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>An id for a new question.</summary>
    public static string NewId(DateTimeOffset now) => Guid.CreateVersion7(now).ToString("N");

    /// <summary>Takes one use of an answer, or finds or makes the question.</summary>
    /// <param name="named">The id of the answer that is to be used and no other; null where the agent names none.</param>
    public async Task<AskResult> AskAsync(ApprovalRequest question, string? named = null)
    {
        var result = await store.AskAsync(question, named, time.GetUtcNow(), options.WaitingPerAgent);
        if (result is { Outcome: AskOutcome.Asked or AskOutcome.Granted, Request: { } request })
        {
            Tell(result.Outcome is AskOutcome.Asked ? ApprovalEventKind.Asked : ApprovalEventKind.Used, request);
        }

        return result;
    }

    /// <summary>As <see cref="AskAsync"/>, for who cannot do anything else meanwhile.</summary>
    public AskResult Ask(ApprovalRequest question, string? named = null) => AskAsync(question, named).GetAwaiter().GetResult();

    /// <summary>Waits until the question is answered or taken back, or until <paramref name="most"/> is over.</summary>
    /// <exception cref="OperationCanceledException">The one who waits has gone.</exception>
    public async Task WaitAsync(string id, TimeSpan most, CancellationToken cancellationToken)
    {
        var waiting = Enter(id);
        try
        {
            if (store.Find(id, out _)?.StatusAt(time.GetUtcNow()) is ApprovalStatus.Pending)
            {
                await waiting.Answered.Task.WaitAsync(most, time, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            // Nobody answered yet: the agent is told to come again.
        }
        finally
        {
            Leave(id, waiting);
        }
    }

    public ApprovalRequest? Find(string id, out bool done) => store.Find(id, out done);

    /// <summary>Null if the store cannot say.</summary>
    public IReadOnlyList<ApprovalRequest>? List(ApprovalFilter filter) => store.List(filter, time.GetUtcNow());

    /// <summary>Whether the answer could be given now; says the question.</summary>
    public ApprovalError Check(string id, ApproverRole role, out ApprovalRequest? request)
    {
        request = store.Find(id, out var done);
        return !done ? ApprovalError.StoreUnavailable
            : request is null ? ApprovalError.NotFound
            : role < request.RequiredRole ? ApprovalError.RoleTooLow
            : request.StatusAt(time.GetUtcNow()) switch
            {
                ApprovalStatus.Pending => ApprovalError.None,
                ApprovalStatus.Cancelled => ApprovalError.Cancelled,
                ApprovalStatus.Expired when request.Answer is null => ApprovalError.Expired,
                _ => ApprovalError.AlreadyAnswered,
            };
    }

    /// <param name="terms">Null for a no.</param>
    /// <param name="record">Called once the answer is known to be possible and before it counts; false where it could not be recorded.</param>
    public ApprovalError Answer(string id, Approver approver, AnswerTerms? terms, string? note, Func<ApprovalRequest, bool> record)
    {
        var now = time.GetUtcNow();
        if (Check(id, approver.Role, out var request) is var error and not ApprovalError.None)
        {
            return error;
        }

        var grant = terms?.GrantAt(now, request!.Subject, options);
        if (terms is not null && grant is null)
        {
            return ApprovalError.LimitsInvalid;
        }

        if (!record(request!))
        {
            return ApprovalError.NotAudited;
        }

        var answer = new ApprovalAnswer(grant is not null, approver.Name, approver.Role, now, note);
        error = store.Answer(id, answer, grant, now);
        if (error is ApprovalError.None)
        {
            Tell(grant is null ? ApprovalEventKind.Denied : ApprovalEventKind.Approved, request! with { Answer = answer, Grant = grant });
            Wake(id);
        }

        return error;
    }

    /// <summary>Takes one use of what was agreed to, by its id.</summary>
    public ApprovalError Consume(string id, out ApprovalRequest? request)
    {
        var error = store.Consume(id, time.GetUtcNow(), out request);
        if (error is ApprovalError.None)
        {
            Tell(ApprovalEventKind.Used, request!);
        }

        return error;
    }

    /// <summary>Nothing has left: what was taken may be used again.</summary>
    /// <param name="cost">What was taken for the action's cost.</param>
    public bool GiveBack(string id, decimal cost = 0) => store.GiveBack(id, cost);

    /// <summary>What an action has cost beyond what was taken for it; less than zero where it was less.</summary>
    public bool AddCost(string id, decimal cost) => store.AddCost(id, cost);

    /// <summary>Takes back what waits and what was agreed to and not used; null stands for all agents.</summary>
    public bool Cancel(string? agent)
    {
        if (store.Cancel(agent, time.GetUtcNow()) is not { } cancelled)
        {
            return false;
        }

        foreach (var one in cancelled)
        {
            Tell(ApprovalEventKind.Cancelled, one);
            Wake(one.Id);
        }

        return true;
    }

    /// <summary>Announces what has waited for half of its time, or for all of it.</summary>
    public void Age()
    {
        if (store.TakeDue(time.GetUtcNow()) is not var (ageing, expired))
        {
            return;
        }

        foreach (var one in ageing)
        {
            Tell(ApprovalEventKind.Reminder, one);
        }

        foreach (var one in expired)
        {
            Tell(ApprovalEventKind.Expired, one);
        }
    }

    public void Prune() => store.Prune(time.GetUtcNow() - options.KeepFor, time.GetUtcNow());

    private Waiting Enter(string id)
    {
        lock (_waiting)
        {
            if (!_waiting.TryGetValue(id, out var waiting))
            {
                _waiting[id] = waiting = new Waiting();
            }

            waiting.Count++;
            return waiting;
        }
    }

    private void Leave(string id, Waiting waiting)
    {
        lock (_waiting)
        {
            if (--waiting.Count == 0)
            {
                _waiting.Remove(id);
            }
        }
    }

    private void Wake(string id)
    {
        lock (_waiting)
        {
            _waiting.GetValueOrDefault(id)?.Answered.TrySetResult();
        }
    }

    private void Tell(ApprovalEventKind kind, ApprovalRequest request) => Happened?.Invoke(new ApprovalEvent(kind, request, time.GetUtcNow()));

    /// <summary>Those who wait for one answer.</summary>
    private sealed class Waiting
    {
        public int Count { get; set; }

        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
