using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Tests.Restraints.Kills;

public sealed class KillSwitchTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly KillsInMemory _store = new();
    private readonly FakeTime _time = new();
    private readonly List<RestraintEvent> _recorded = [];
    private readonly KillSwitch _kills;

    public KillSwitchTests()
    {
        _kills = Open();
        _kills.Record = change =>
        {
            _recorded.Add(change);
            return true;
        };
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryKill_Agent_IsStoppedWithItsFirstReasonUntilItMayGoOnAlsoAfterARestart()
    {
        Assert.Equal(KillError.None, Kill(KillScope.Agent, "ada", "Why."));
        Assert.Equal(KillError.None, Kill(KillScope.Agent, "ada", "Another reason."));

        var kill = new Kill(KillScope.Agent, "ada", false, "Why.", "ops", _time.GetUtcNow());
        Assert.Equal([kill], _kills.Current.All);
        Assert.Equal([kill], Open().Current.All);
        Assert.Equal(kill, Traffic("ada"));
        Assert.Null(Traffic("bob"));
        Assert.Equal(KillError.None, _kills.TryUnkill(KillScope.Agent, "ada", "ops"));
        Assert.Null(Traffic("ada"));
        Assert.Empty(Open().Current.All);
        Assert.Equal(KillError.NotKilled, _kills.TryUnkill(KillScope.Agent, "ada", "ops"));
    }

    [Fact]
    public void TryKill_System_StopsEveryoneAndAnswersFirst()
    {
        Kill(KillScope.Agent, "ada");
        Kill(KillScope.System);

        Assert.Equal(KillScope.System, Traffic("ada")!.Scope);
        Assert.Equal(KillScope.System, Traffic("bob")!.Scope);
        Assert.Equal(RefusalCode.Killed, Traffic("bob")!.Refusal.Code);
        _kills.TryUnkill(KillScope.System, "", "ops");
        Assert.Equal(KillScope.Agent, Traffic("ada")!.Scope);
    }

    [Theory]
    [InlineData("lease-1", "lease-1", "lease-1", true)]
    [InlineData("lease-1", "lease-1", "another-name", true)]
    [InlineData("s1", "lease-1", "s1", true)]
    [InlineData("ada/s1", "lease-1", "s1", true)]
    [InlineData("bob/s1", "lease-1", "s1", false)]
    [InlineData("s2", "lease-1", "s1", false)]
    public void TryKill_Session_StopsItWhateverTheAgentCallsIt(string killed, string lease, string session, bool isStopped)
    {
        Kill(KillScope.Session, killed);

        Assert.Equal(isStopped, _kills.Current.Traffic("ada", lease, session, "tool.example") is not null);
    }

    [Theory]
    [InlineData("EXAMPLE.com.", false, "example.com", true)]
    [InlineData("example.com", false, "api.example.com", false)]
    [InlineData("example.com", true, "a.b.example.com", true)]
    [InlineData("example.com", true, "notexample.com", false)]
    [InlineData("example.com", true, "example.com.org", false)]
    [InlineData("0x7f.1", true, "127.0.0.1", true)]
    public void TryKill_Host_StopsItAndWhatIsBelowOnlyWhenAsked(string killed, bool subdomains, string host, bool isStopped)
    {
        Assert.Equal(KillError.None, _kills.TryKill(KillScope.Host, killed, "", "ops", subdomains));

        Assert.Equal(isStopped, _kills.Current.Traffic("ada", "ada", "ada", host) is not null);
    }

    [Fact]
    public void TryKill_HostMoreWidely_HoldsAtOnceAndIsRemembered()
    {
        Kill(KillScope.Host, "example.com");
        var latched = 0;
        _kills.Latched += () => latched++;

        Assert.Equal(KillError.None, _kills.TryKill(KillScope.Host, "example.com", "", "ops", subdomains: true));

        Assert.Equal(1, latched);
        Assert.NotNull(_kills.Current.Traffic("ada", "ada", "ada", "api.example.com"));
        Assert.True(Assert.Single(Open().Current.All).Subdomains);
    }

    [Theory]
    [InlineData("Bash", "bash", null, true)]
    [InlineData("bash", "shell", "Bash", true)]
    [InlineData("deploy", "mcp__ci__deploy", null, true)]
    [InlineData("mcp__ci__deploy", "mcp__ci__deploy", null, true)]
    [InlineData("mcp__ci__deploy", "deploy", null, false)]
    [InlineData("deploy", "redeploy", null, false)]
    [InlineData("deploy", "x__deploy", null, false)]
    [InlineData("deploy", "functions.deploy", null, true)]
    [InlineData("deploy", "ci/deploy", null, true)]
    [InlineData("deploy", "ci:Deploy", null, true)]
    [InlineData("ci.deploy", "ci.deploy", null, true)]
    [InlineData("deploy", "deploy.", null, false)]
    public void Tool_ByItsNamesInAnyCase_IsFound(string killed, string called, string? canonical, bool isStopped)
    {
        Assert.False(_kills.Current.StopsTools);
        Kill(KillScope.Tool, killed);

        Assert.True(_kills.Current.StopsTools);
        Assert.Equal(isStopped, _kills.Current.Tool(called, canonical) is not null);
        Assert.Null(Traffic("ada"));
    }

    [Fact]
    public void TryKill_StoreFails_StopsAllTheSame()
    {
        _store.Fails = true;

        Assert.Equal(KillError.NotRemembered, Kill(KillScope.Agent, "ada"));
        Assert.NotNull(Traffic("ada"));
        Assert.Equal(KillError.StoreUnavailable, _kills.TryUnkill(KillScope.Agent, "ada", "ops"));
        Assert.NotNull(Traffic("ada"));
        _store.Fails = false;
        Assert.Equal(KillError.None, Kill(KillScope.Agent, "ada"));
        Assert.Single(_store.Kills);
    }

    [Fact]
    public void Open_StoreUnreadable_IsNull()
    {
        _store.Fails = true;

        Assert.Null(KillSwitch.Open(_store, _folder["KILL"], _time, NullLogger.Instance));
    }

    [Fact]
    public void File_InTheHome_StopsEverythingAndGoingDoesNotLetItGoOn()
    {
        File.WriteAllText(_folder["KILL"], "");

        _kills.LookAtFile();

        Assert.Equal("the file KILL", _kills.Current.System!.By);
        Assert.Equal(KillError.FileThere, _kills.TryUnkill(KillScope.System, "", "ops"));
        File.Delete(_folder["KILL"]);
        _kills.LookAtFile();
        Assert.NotNull(_kills.Current.System);
        Assert.Equal(KillError.None, _kills.TryUnkill(KillScope.System, "", "ops"));
        Assert.Null(_kills.Current.System);
    }

    [Fact]
    public void Open_WithTheFileThere_IsStoppedFromTheBeginning()
    {
        File.WriteAllText(_folder["KILL"], "");

        Assert.NotNull(Open().Current.System);
    }

    [Fact]
    public void Changes_AreRecordedWithWhoAndWhy()
    {
        Kill(KillScope.Host, "example.com", "odd answers");
        _kills.TryUnkill(KillScope.Host, "example.com", "someone else");

        Assert.Equal(["killed", "unkilled"], _recorded.Select(change => change.Word));
        Assert.All(_recorded, change => Assert.Equal(("kill.host", "example.com"), (change.Rule, change.Host)));
        Assert.Equal("The host example.com: stopped by ops: odd answers", _recorded[0].Detail);
        Assert.Contains("someone else", _recorded[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void TryUnkill_ThatCannotBeRecorded_StaysStoppedAndAKillDoesNot()
    {
        _kills.Record = static _ => false;

        Assert.Equal(KillError.None, Kill(KillScope.Agent, "ada"));
        Assert.Equal(KillError.NotRecorded, _kills.TryUnkill(KillScope.Agent, "ada", "ops"));
        Assert.NotNull(Traffic("ada"));
    }

    [Fact]
    public void Forget_RemovedAgent_IsNotStoppedUnderItsNameAnyMore()
    {
        Kill(KillScope.Agent, "ada");
        Kill(KillScope.Tool, "ada");

        _kills.Forget("ada");

        Assert.Equal(KillScope.Tool, Assert.Single(_kills.Current.All).Scope);
    }

    [Theory]
    [InlineData(KillScope.System, "name")]
    [InlineData(KillScope.Session, "")]
    [InlineData(KillScope.Session, "two words")]
    [InlineData(KillScope.Tool, "a\nb")]
    [InlineData(KillScope.Host, "not a host")]
    [InlineData(KillScope.Host, "")]
    public void TryKill_NameThatIsNone_IsRefused(object scope, string name)
    {
        Assert.Equal(KillError.NameInvalid, Kill((KillScope)scope, name));
        Assert.Empty(_kills.Current.All);
    }

    [Fact]
    public void TryKill_ReasonOfSeveralLines_IsRefused() => Assert.Equal(KillError.ReasonInvalid, Kill(KillScope.System, "", "one\ntwo"));

    private KillError Kill(KillScope scope, string name = "", string reason = "") => _kills.TryKill(scope, name, reason, "ops");

    private Kill? Traffic(string agent) => _kills.Current.Traffic(agent, agent, agent, "tool.example");

    private KillSwitch Open() => KillSwitch.Open(_store, _folder["KILL"], _time, NullLogger.Instance)!;
}
