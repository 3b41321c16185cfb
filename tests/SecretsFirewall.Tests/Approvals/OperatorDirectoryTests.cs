using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Tests.Approvals;

public sealed class OperatorDirectoryTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly SqliteStore _store;
    private readonly OperatorDirectory _operators;

    public OperatorDirectoryTests()
    {
        _store = SqliteStore.Open(_folder["firewall.db"], NullLogger.Instance, out _)!;
        _operators = OperatorDirectory.Open(_store.Operators, _time)!;
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Token_IsKnownUntilItIsRevoked_AndNowhereInTheStore()
    {
        Assert.Equal(OperatorError.None, _operators.TryAdd("ada", ApproverRole.Operator, static () => true, out var token));

        Assert.Equal(new Approver("token:ada", ApproverRole.Operator), _operators.Authenticate(token));
        Assert.Equal(new Approver("token:ada", ApproverRole.Operator), OperatorDirectory.Open(_store.Operators, _time)!.Authenticate(token));
        Assert.All(Directory.GetFiles(_folder.Path), file => Assert.DoesNotContain(token[5..], File.ReadAllText(file, System.Text.Encoding.Latin1), StringComparison.Ordinal));
        Assert.Equal(OperatorError.None, _operators.TryRemove("ada", static () => true));
        Assert.Null(_operators.Authenticate(token));
    }

    [Fact]
    public void Token_WithAnyLetterChanged_IsNobodys()
    {
        _operators.TryAdd("ada", ApproverRole.Admin, static () => true, out var token);

        for (var i = 0; i < token.Length; i++)
        {
            Assert.Null(_operators.Authenticate(token[..i] + (token[i] == 'x' ? 'y' : 'x') + token[(i + 1)..]));
        }

        Assert.Null(_operators.Authenticate(token + "x"));
        Assert.Null(_operators.Authenticate(token[..^1]));
        Assert.Null(_operators.Authenticate(""));
    }

    [Theory]
    [InlineData("", ApproverRole.Admin, OperatorError.NameInvalid)]
    [InlineData("Ada", ApproverRole.Admin, OperatorError.NameInvalid)]
    [InlineData("a b", ApproverRole.Admin, OperatorError.NameInvalid)]
    [InlineData("ada", ApproverRole.None, OperatorError.RoleInvalid)]
    [InlineData("taken", ApproverRole.Viewer, OperatorError.NameTaken)]
    internal void Token_ThatMayNotBe_IsNotMade(string name, ApproverRole role, OperatorError expected)
    {
        _operators.TryAdd("taken", ApproverRole.Viewer, static () => true, out _);

        Assert.Equal(expected, _operators.TryAdd(name, role, static () => true, out var token));
        Assert.Equal("", token);
    }

    [Fact]
    public void Token_ThatCannotBeRecorded_IsNotMade()
    {
        Assert.Equal(OperatorError.NotAudited, _operators.TryAdd("ada", ApproverRole.Admin, static () => false, out _));
        Assert.Empty(_operators.List());
    }

    [Fact]
    public void Override_HoldsForItsAgentRuleAndHost_UntilItsEnd()
    {
        Assert.Equal(OperatorError.None, _operators.TryOverride(Wanted(), static _ => true, out var made));

        Assert.Equal(made, _operators.OverrideFor("agent", "no-posts", "a.example"));
        Assert.Null(_operators.OverrideFor("other", "no-posts", "a.example"));
        Assert.Null(_operators.OverrideFor("agent", "default", "a.example"));
        Assert.Null(_operators.OverrideFor("agent", "no-posts", "b.example"));
        Assert.NotNull(OperatorDirectory.Open(_store.Operators, _time)!.OverrideFor("agent", "no-posts", "a.example"));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Null(_operators.OverrideFor("agent", "no-posts", "a.example"));
    }

    [Fact]
    public void Override_ThatIsTakenBack_EndsAtOnce()
    {
        _operators.TryOverride(Wanted(), static _ => true, out var made);

        Assert.Equal(OperatorError.None, _operators.TryEndOverride(made.Id, static _ => true));

        Assert.Null(_operators.OverrideFor("agent", "no-posts", "a.example"));
        Assert.NotNull(Assert.Single(_operators.Overrides()).EndedAt);
    }

    [Fact]
    public void Override_ThatIsTooLongOrSaysNotWhy_IsRefused() => Assert.All(
        [
            Wanted() with { Until = _time.GetUtcNow().AddHours(5) }, Wanted() with { Until = _time.GetUtcNow() }, Wanted() with { Justification = "because" },
            Wanted() with { Code = "bored" }, Wanted() with { Agent = "" }, Wanted() with { Rule = "" },
        ],
        wanted => Assert.Equal(OperatorError.OverrideInvalid, _operators.TryOverride(wanted, static _ => true, out _)));

    [Fact]
    public void Override_ThatCannotBeRecorded_DoesNotHold()
    {
        Assert.Equal(OperatorError.NotAudited, _operators.TryOverride(Wanted(), static _ => false, out _));
        Assert.Null(_operators.OverrideFor("agent", "no-posts", "a.example"));
    }

    private PolicyOverride Wanted() => new(
        "", "agent", "no-posts", "a.example", "incident", "The status page must be updated.", "cli:root", default, _time.GetUtcNow().AddHours(1), null);
}
