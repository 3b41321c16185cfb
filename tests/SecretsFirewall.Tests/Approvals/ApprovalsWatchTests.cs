using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Admin;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Tests.Approvals;

/// <summary>The interactive list, its keys pressed by a test.</summary>
public sealed class ApprovalsWatchTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SqliteStore _store;
    private readonly ApprovalDesk _desk;
    private readonly List<AuditRecord> _records = [];

    public ApprovalsWatchTests()
    {
        _store = SqliteStore.Open(_folder["firewall.db"], NullLogger.Instance, out _)!;
        _desk = new ApprovalDesk(_store.Approvals, new ApprovalOptions(), TimeProvider.System);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(ConsoleKey.A, "approved", false)]
    [InlineData(ConsoleKey.S, "approved", true)]
    [InlineData(ConsoleKey.D, "denied", false)]
    public async Task Key_AnswersWhatIsShown_AndItIsRecorded(ConsoleKey key, string status, bool forSession)
    {
        var asked = _desk.Ask(Questions.Make(TimeProvider.System.GetUtcNow())).Request!;

        var shown = await RunAsync(key, ConsoleKey.Q);

        var answered = _desk.Find(asked.Id, out _)!;
        Assert.Equal((status, forSession), (answered.StatusAt(TimeProvider.System.GetUtcNow()).Word(), answered.Grant is { ForSession: true }));
        Assert.Contains(asked.Id, shown, StringComparison.Ordinal);
        Assert.Contains("Nothing waits for a person.", shown, StringComparison.Ordinal);
        Assert.Equal((AuditTypes.ApprovalAnswered, $"cli:{Environment.UserName}"), (Assert.Single(_records).Type, _records[0].Approval!.By));
    }

    [Fact]
    public async Task Rule_IsShownAsADiffOfThePolicy_AndAnswersNothing()
    {
        var asked = _desk.Ask(Questions.Make(TimeProvider.System.GetUtcNow())).Request!;

        var shown = await RunAsync(ConsoleKey.R, ConsoleKey.Q);

        Assert.Contains("+++ policy with agreed-", shown, StringComparison.Ordinal);
        Assert.Contains("""+       "rule": "ask",""", shown, StringComparison.Ordinal);
        Assert.Contains("\"eq\": \"/issues\"", shown, StringComparison.Ordinal);
        Assert.Equal(ApprovalStatus.Pending, _desk.Find(asked.Id, out _)!.StatusAt(TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task TextOfAnAgent_CannotSteerTheTerminal()
    {
        var question = Questions.Make(TimeProvider.System.GetUtcNow());
        _desk.Ask(question with { Subject = question.Subject with { Content = "\e[2Jharmless \u202etxt\r\nsecond", Target = "/\u0007a" } });

        var shown = await RunAsync(ConsoleKey.Q);

        Assert.DoesNotContain('\e', shown);
        Assert.DoesNotContain('\u202e', shown);
        Assert.DoesNotContain('\u0007', shown);
        Assert.Contains("\\u{1b}[2Jharmless \\u{202e}txt\\u{d}", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ConsoleKey.A)]
    [InlineData(ConsoleKey.D)]
    [InlineData(ConsoleKey.S)]
    public async Task Key_WhereTheQuestionCouldNotBeShown_AnswersNothing(ConsoleKey key)
    {
        var asked = _desk.Ask(Questions.Make(TimeProvider.System.GetUtcNow())).Request!;

        var shown = await RunAsync(unanswered: ControlOperations.ApprovalsShow.Name, key, ConsoleKey.Q);

        Assert.Equal(ApprovalStatus.Pending, _desk.Find(asked.Id, out _)!.StatusAt(TimeProvider.System.GetUtcNow()));
        Assert.DoesNotContain("a approve", shown, StringComparison.Ordinal);
    }

    private Task<string> RunAsync(params ConsoleKey[] keys) => RunAsync(unanswered: null, keys);

    private async Task<string> RunAsync(string? unanswered, params ConsoleKey[] keys)
    {
        var dispatcher = new ControlDispatcher();
        new ApprovalOperations(
            _desk, OperatorDirectory.Open(_store.Operators, TimeProvider.System)!, record =>
            {
                _records.Add(record);
                return true;
            }, TimeProvider.System).Register(dispatcher);
        using var output = new StringWriter();
        var left = new Queue<ConsoleKey>(keys);
        await using var client = new ControlClient(new InProcess(dispatcher, unanswered));
        var watch = new ApprovalsWatch(
            client, new Output(output, output, isTerminal: true, hasColour: false), () => left.TryDequeue(out var key) ? key : null, TimeProvider.System);

        Assert.Equal(0, await watch.RunAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));

        return output.ToString();
    }

    private sealed class InProcess(ControlDispatcher dispatcher, string? unanswered) : IControlTransport
    {
        public Task<ControlReply> SendAsync(string operation, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
            dispatcher.DispatchAsync(operation == unanswered ? "unknown" : operation, json, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
