using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Tests.Approvals;

/// <summary>Questions and answers over the real store, with a clock that moves when told to.</summary>
public sealed class ApprovalDeskTests : IDisposable
{
    private static readonly Approver Operator = new("token:ada", ApproverRole.Operator);

    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private SqliteStore _store;
    private ApprovalDesk _desk;

    public ApprovalDeskTests()
    {
        _store = Open();
        _desk = new ApprovalDesk(_store.Approvals, new ApprovalOptions(), _time);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Ask_TheSameActionTwice_IsOneQuestion()
    {
        var first = Ask();
        var second = Ask();

        Assert.Equal((AskOutcome.Asked, AskOutcome.Waiting), (first.Outcome, second.Outcome));
        Assert.Equal(first.Request!.Id, second.Request!.Id);
    }

    [Fact]
    public void Yes_IsUsedOnce()
    {
        Approve(Ask().Request!.Id);

        Assert.Equal(AskOutcome.Granted, Ask().Outcome);
        Assert.Equal(AskOutcome.Asked, Ask().Outcome);
    }

    [Fact]
    public async Task Yes_AskedForByManyThreads_IsUsedOnce()
    {
        Approve(Ask().Request!.Id);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => Ask().Outcome)));

        Assert.Equal(1, outcomes.Count(outcome => outcome is AskOutcome.Granted));
        Assert.Equal(1, outcomes.Count(outcome => outcome is AskOutcome.Asked));
        Assert.Equal(62, outcomes.Count(outcome => outcome is AskOutcome.Waiting));
    }

    [Fact]
    public void Question_ThatHasExpired_CannotBeAgreedTo()
    {
        var id = Ask().Request!.Id;
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(ApprovalError.Expired, Answer(id, new AnswerTerms()));
        Assert.Equal(ApprovalStatus.Expired, _desk.Find(id, out _)!.StatusAt(_time.GetUtcNow()));
        Assert.Equal(AskOutcome.Asked, Ask().Outcome);
    }

    [Fact]
    public void Yes_ThatHasExpired_LetsNothingPass()
    {
        Approve(Ask().Request!.Id);
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(AskOutcome.Asked, Ask().Outcome);
    }

    [Fact]
    public void Yes_OfAnotherAgent_LetsNothingPass()
    {
        Approve(Ask().Request!.Id);

        Assert.Equal(AskOutcome.Asked, _desk.Ask(Question() with { Agent = "other" }).Outcome);
    }

    [Fact]
    public void Yes_OfALowerRoleThanTheActionNeedsNow_LetsNothingPass()
    {
        var id = Ask().Request!.Id;
        Approve(id);
        var stricter = Question() with { Id = ApprovalDesk.NewId(_time.GetUtcNow()), RequiredRole = ApproverRole.Admin };

        Assert.Equal((AskOutcome.Asked, ApprovalError.NotFound), Refused(stricter, id));
        Assert.Equal(AskOutcome.Waiting, _desk.Ask(stricter).Outcome);
        Assert.Equal(AskOutcome.Granted, Ask().Outcome);
    }

    [Fact]
    public void Answer_GivenTwice_IsTheFirst()
    {
        var id = Ask().Request!.Id;
        Approve(id);

        Assert.Equal(ApprovalError.AlreadyAnswered, Answer(id, null));
        Assert.Equal(AskOutcome.Granted, Ask().Outcome);
    }

    [Fact]
    public void No_HoldsUntilTheQuestionWouldHaveExpired()
    {
        Assert.Equal(ApprovalError.None, Answer(Ask().Request!.Id, null));

        Assert.Equal(AskOutcome.Denied, Ask().Outcome);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(AskOutcome.Asked, Ask().Outcome);
    }

    [Theory]
    [InlineData(ApproverRole.None)]
    [InlineData(ApproverRole.Viewer)]
    [InlineData(ApproverRole.Operator)]
    [InlineData(ApproverRole.ReleaseManager)]
    public void Answer_ByARoleThatDoesNotReach_IsRefused(ApproverRole role)
    {
        var id = _desk.Ask(Question() with { RequiredRole = ApproverRole.Admin }).Request!.Id;

        Assert.Equal(ApprovalError.RoleTooLow, _desk.Answer(id, new Approver("token:x", role), new AnswerTerms(), null, static _ => true));
        Assert.Equal(ApprovalStatus.Pending, _desk.Find(id, out _)!.StatusAt(_time.GetUtcNow()));
    }

    [Fact]
    public void Answer_ThatCannotBeRecorded_DoesNotCount()
    {
        var id = Ask().Request!.Id;

        Assert.Equal(ApprovalError.NotAudited, _desk.Answer(id, Operator, new AnswerTerms(), null, static _ => false));
        Assert.Equal(AskOutcome.Waiting, Ask().Outcome);
    }

    [Fact]
    public void YesForTheSession_LetsOtherActionsOfTheSameScopePass_AsOftenAsWasSaid()
    {
        Assert.Equal(ApprovalError.None, Answer(Ask().Request!.Id, new AnswerTerms(ForSession: true, MostUses: 2)));

        Assert.Equal(AskOutcome.Asked, _desk.Ask(Question("b") with { Scope = "another" }).Outcome);
        Assert.Equal(AskOutcome.Granted, _desk.Ask(Question("c")).Outcome);
        Assert.Equal(AskOutcome.Granted, _desk.Ask(Question("d")).Outcome);
        Assert.Equal(AskOutcome.Asked, _desk.Ask(Question("e")).Outcome);
    }

    [Fact]
    public void YesForTheSession_WithALimitOfMoney_EndsOnceItIsSpent()
    {
        var id = _desk.Ask(Priced("a", 0.5m)).Request!.Id;
        Assert.Equal(ApprovalError.None, Answer(id, new AnswerTerms(ForSession: true, MostCost: 1.5m)));

        Assert.Equal(AskOutcome.Granted, _desk.Ask(Priced("b", 0.5m)).Outcome);
        Assert.True(_desk.AddCost(id, 1.49m - 0.5m));
        Assert.Equal(AskOutcome.Granted, _desk.Ask(Priced("c", 0.5m)).Outcome);
        Assert.True(_desk.AddCost(id, 0.01m - 0.5m));
        Assert.Equal(1.5m, _desk.Find(id, out _)!.Grant!.Cost);
        Assert.Equal(AskOutcome.Asked, _desk.Ask(Priced("d", 0.5m)).Outcome);
    }

    [Fact]
    public void YesForTheSession_WithALimitOfMoney_CountsWhatIsUnderWayAsEstimated()
    {
        var id = _desk.Ask(Priced("a", 1)).Request!.Id;
        Assert.Equal(ApprovalError.None, Answer(id, new AnswerTerms(ForSession: true, MostCost: 2)));

        Assert.Equal([AskOutcome.Granted, AskOutcome.Granted, AskOutcome.Asked], "bcd".Select(one => _desk.Ask(Priced($"{one}", 1)).Outcome));
        Assert.True(_desk.GiveBack(id, 1)); // one of them never left
        Assert.Equal(AskOutcome.Granted, _desk.Ask(Priced("e", 1)).Outcome);
    }

    [Fact]
    public void YesForTheSession_WithALimitOfMoney_IsNoneForWhatHasNoPrice()
    {
        var id = _desk.Ask(Priced("a", 1)).Request!.Id;
        Assert.Equal(ApprovalError.None, Answer(id, new AnswerTerms(ForSession: true, MostCost: 2)));

        Assert.Equal(AskOutcome.Asked, _desk.Ask(Question("b")).Outcome);
        Assert.Equal((AskOutcome.Asked, ApprovalError.NotFound), (_desk.Ask(Question("c"), id).Outcome, _desk.Ask(Question("c"), id).Named));
    }

    [Fact]
    public void LimitOfMoney_ForWhatNobodyCounts_IsRefused() =>
        Assert.Equal(ApprovalError.LimitsInvalid, Answer(Ask().Request!.Id, new AnswerTerms(ForSession: true, MostCost: 1)));

    [Fact]
    public void Named_IsTheOneThatIsUsed_ThoughAnotherWouldDo()
    {
        var forSession = _desk.Ask(Question("a")).Request!.Id;
        Assert.Equal(ApprovalError.None, Answer(forSession, new AnswerTerms(ForSession: true)));
        var own = NewQuestion("b");

        Assert.Equal((AskOutcome.Granted, forSession), Named(Question("b"), forSession));
        Assert.Equal(ApprovalStatus.Approved, _desk.Find(own, out _)!.StatusAt(_time.GetUtcNow()));
        Assert.Equal((AskOutcome.Granted, own), Named(Question("b"), own));
        Assert.Equal((AskOutcome.Asked, ApprovalError.AlreadyUsed), Refused(Question("b"), own)); // and not by the other, which still holds

        string NewQuestion(string fingerprint)
        {
            var question = Question(fingerprint) with { Scope = "another" };
            var id = _desk.Ask(question).Request!.Id;
            Approve(id);
            return id;
        }

        (AskOutcome, string?) Named(ApprovalRequest question, string id)
        {
            var result = _desk.Ask(question, id);
            return (result.Outcome, result.Request?.Id);
        }
    }

    [Fact]
    public void Named_ForAnythingElse_IsANewQuestionThatSaysWhy()
    {
        var id = Ask().Request!.Id;
        Approve(id);

        Assert.Equal((AskOutcome.Asked, ApprovalError.NotFound), Refused(Question("b"), id));
        Assert.Equal((AskOutcome.Asked, ApprovalError.NotFound), Refused(Question() with { Agent = "other" }, id));
        Assert.Equal((AskOutcome.Asked, ApprovalError.NotFound), Refused(Question(), "no-such-id"));
        Assert.Equal(AskOutcome.Granted, _desk.Ask(Question(), id).Outcome);
        Assert.Equal((AskOutcome.Waiting, ApprovalError.AlreadyUsed), Refused(Question(), id));
    }

    [Fact]
    public void Named_ThatIsOverOrTakenBackOrNotAnswered_SaysSo()
    {
        var late = Ask().Request!.Id;
        Approve(late);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal((AskOutcome.Asked, ApprovalError.Expired), Refused(Question(), late));
        var waiting = Ask().Request!.Id;
        Assert.Equal((AskOutcome.Waiting, ApprovalError.NotApproved), Refused(Question(), waiting));
        Assert.True(_desk.Cancel("agent"));
        Assert.Equal((AskOutcome.Asked, ApprovalError.Cancelled), Refused(Question(), waiting));
        var denied = Ask().Request!.Id;
        Assert.Equal(ApprovalError.None, Answer(denied, null));
        Assert.Equal((AskOutcome.Denied, ApprovalError.NotApproved), Refused(Question(), denied));
    }

    [Fact]
    public async Task Wait_ThatIsBrokenOffOrOver_LeavesNothingBehind()
    {
        var id = Ask().Request!.Id;
        using var gone = new CancellationTokenSource();
        var left = _desk.WaitAsync(id, TimeSpan.FromMinutes(1), gone.Token);
        var late = _desk.WaitAsync(id, TimeSpan.FromSeconds(1), default);
        var stays = _desk.WaitAsync(id, TimeSpan.FromMinutes(1), default);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        _time.Advance(TimeSpan.FromSeconds(1));
        await late;
        Assert.Equal((1, false), (_desk.Awaited, stays.IsCompleted));

        Approve(id);

        await stays.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _desk.Awaited);
    }

    [Fact]
    public void Limits_ThatMakeNoSense_AreRefused()
    {
        var id = Ask().Request!.Id;
        var now = _time.GetUtcNow();

        Assert.All(
            [
                new AnswerTerms(MostUses: 2), new AnswerTerms(Until: now.AddHours(1)), new AnswerTerms(ForSession: true, MostUses: 0),
                new AnswerTerms(ForSession: true, Until: now), new AnswerTerms(ForSession: true, Until: now.AddHours(25)),
            ],
            terms => Assert.Equal(ApprovalError.LimitsInvalid, Answer(id, terms)));
    }

    [Fact]
    public void Cancel_EndsWhatWaitsAndWhatWasAgreedTo_OfThatAgentAlone()
    {
        var waiting = Ask().Request!.Id;
        var agreed = _desk.Ask(Question("b")).Request!.Id;
        Approve(agreed);
        var other = _desk.Ask(Question("c") with { Agent = "other" }).Request!.Id;

        Assert.True(_desk.Cancel("agent"));

        Assert.Equal(
            [ApprovalStatus.Cancelled, ApprovalStatus.Cancelled, ApprovalStatus.Pending],
            new[] { waiting, agreed, other }.Select(id => _desk.Find(id, out _)!.StatusAt(_time.GetUtcNow())));
        Assert.Equal(ApprovalError.Cancelled, Answer(waiting, new AnswerTerms()));
        Assert.Equal(AskOutcome.Asked, _desk.Ask(Question("b")).Outcome);
    }

    [Fact]
    public void GivenBack_IsUsedOnceMore_AndNeverMoreThanOnce()
    {
        var id = Ask().Request!.Id;
        Approve(id);
        Assert.Equal(AskOutcome.Granted, Ask().Outcome);

        Assert.True(_desk.GiveBack(id));
        Assert.True(_desk.GiveBack(id));

        Assert.Equal(AskOutcome.Granted, Ask().Outcome);
        Assert.Equal(AskOutcome.Asked, Ask().Outcome);
    }

    [Fact]
    public void Agent_ThatAsksTooMuch_IsNotHeard()
    {
        _desk = new ApprovalDesk(_store.Approvals, new ApprovalOptions { WaitingPerAgent = 2 }, _time);
        _desk.Ask(Question("a"));
        _desk.Ask(Question("b"));

        Assert.Equal(AskOutcome.TooMany, _desk.Ask(Question("c")).Outcome);
        Assert.Equal(AskOutcome.Waiting, _desk.Ask(Question("a")).Outcome);
    }

    [Fact]
    public void Ageing_IsAnnouncedOnceAtHalfTimeAndOnceAtTheEnd_OverARestart()
    {
        var told = new List<ApprovalEventKind>();
        _desk.Happened += one => told.Add(one.Kind);
        Ask();
        _desk.Age();
        _time.Advance(TimeSpan.FromMinutes(30));
        _desk.Age();
        _desk.Age();
        Reopen();
        _desk.Happened += one => told.Add(one.Kind);
        _desk.Age();
        _time.Advance(TimeSpan.FromMinutes(30));
        _desk.Age();
        _desk.Age();

        Assert.Equal([ApprovalEventKind.Asked, ApprovalEventKind.Reminder, ApprovalEventKind.Expired], told);
    }

    [Fact]
    public void Used_IsUsedAfterACrash()
    {
        Approve(Ask().Request!.Id);
        Assert.Equal(AskOutcome.Granted, Ask().Outcome);
        Crash(tearBytes: 0);

        Assert.Equal(AskOutcome.Asked, Ask().Outcome);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(4000)]
    public void TornWrite_LosesNothingButWhatWasNotAnswered(int bytes)
    {
        Approve(Ask().Request!.Id);
        Assert.Equal(AskOutcome.Granted, Ask().Outcome);
        _desk.Ask(Question("last")); // what is torn
        Crash(bytes);

        Assert.Single(_desk.List(new ApprovalFilter(ApprovalStatus.Used))!); // in no case used again
        Assert.Equal(AskOutcome.Asked, _desk.Ask(Question("last")).Outcome);
    }

    [Fact]
    public void Pages_HoldEveryQuestionOnce()
    {
        for (var i = 0; i < 25; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            _desk.Ask(Question($"{i}"));
        }

        var seen = new List<string>();
        string? before = null;
        do
        {
            var page = _desk.List(new ApprovalFilter(ApprovalStatus.Pending, Before: before, Most: 10))!;
            seen.AddRange(page.Select(one => one.Fingerprint));
            before = page.Count == 10 ? page[^1].Id : null;
        }
        while (before is not null);

        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(i => $"{i}"), seen);
    }

    /// <summary>The files as a killed process leaves them, the log's last bytes perhaps not written.</summary>
    private void Crash(int tearBytes)
    {
        var left = Directory.CreateDirectory(_folder[$"after-{tearBytes}"]).FullName;
        foreach (var file in Directory.GetFiles(_folder.Path))
        {
            File.Copy(file, Path.Combine(left, Path.GetFileName(file)));
        }

        var log = Path.Combine(left, "firewall.db-wal");
        Assert.True(File.Exists(log));
        File.Delete(Path.Combine(left, "firewall.db-shm"));
        using (var torn = File.OpenWrite(log))
        {
            torn.SetLength(torn.Length - tearBytes);
        }

        _store.Dispose();
        _store = Open(Path.Combine(left, "firewall.db"));
        _desk = new ApprovalDesk(_store.Approvals, new ApprovalOptions(), _time);
    }

    private void Reopen()
    {
        _store.Dispose();
        _store = Open();
        _desk = new ApprovalDesk(_store.Approvals, new ApprovalOptions(), _time);
    }

    private AskResult Ask() => _desk.Ask(Question());

    private void Approve(string id) => Assert.Equal(ApprovalError.None, Answer(id, new AnswerTerms()));

    private ApprovalError Answer(string id, AnswerTerms? terms) => _desk.Answer(id, Operator, terms, null, static _ => true);

    private (AskOutcome, ApprovalError) Refused(ApprovalRequest question, string named)
    {
        var result = _desk.Ask(question, named);
        return (result.Outcome, result.Named);
    }

    private ApprovalRequest Question(string fingerprint = "a") => Questions.Make(_time.GetUtcNow(), fingerprint);

    private ApprovalRequest Priced(string fingerprint, decimal cost)
    {
        var question = Question(fingerprint);
        return question with { Subject = question.Subject with { MayCost = cost, Currency = "USD" } };
    }

    private SqliteStore Open(string? path = null)
    {
        var store = SqliteStore.Open(path ?? _folder["firewall.db"], NullLogger.Instance, out var error);
        Assert.Equal(StoreError.None, error);
        return store!;
    }
}
