using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Listener;

public sealed class AgentDirectoryTests
{
    // CRC-32 of thirty '0' is 0x77e5db82 by zlib.
    private const string KnownChecksum = "2C8GjS";

    private readonly AgentsInMemory _store = new();
    private readonly FakeTime _time = new();
    private readonly AgentDirectory _agents;

    public AgentDirectoryTests() => _agents = Open();

    [Fact]
    public void Authenticate_OwnToken_IsTheAgentWithItsNameAsSession()
    {
        var token = _agents.Add("ada", 2);

        Assert.Equal(new AgentIdentity("ada", 2, MayBind: true, "ada"), _agents.Authenticate("ada", token));
    }

    [Fact]
    public void Remove_Agent_IsTold()
    {
        var removed = new List<string>();
        _agents.Removed += removed.Add;
        _agents.Add("ada", 2);

        Assert.True(_agents.Remove("ada"));
        Assert.False(_agents.Remove("ada"));

        Assert.Equal(["ada"], removed);
    }

    [Fact]
    public void IsInForce_AgentRemovedAndAddedAgain_IsAnotherOne()
    {
        var before = _agents.Authenticate("ada", _agents.Add("ada", 2))!;
        Assert.True(_agents.IsInForce(before));

        _agents.Remove("ada");
        Assert.False(_agents.IsInForce(before));

        var after = _agents.Authenticate("ada", _agents.Add("ada", 2))!;
        Assert.False(_agents.IsInForce(before));
        Assert.True(_agents.IsInForce(after));
    }

    [Fact]
    public void IsInForce_LeaseReleased_EndsWithoutTheAgent()
    {
        var agent = _agents.Authenticate("ada", _agents.Add("ada", 2))!;
        var token = _agents.Lease("ada", "session");
        var lease = _agents.Authenticate("ada", token)!;
        Assert.True(_agents.IsInForce(lease));

        _agents.Release(token);

        Assert.False(_agents.IsInForce(lease));
        Assert.True(_agents.IsInForce(agent));
    }

    [Fact]
    public void IsInForce_Local_EndsWithTheFirstAgent()
    {
        var local = _agents.Local!;
        Assert.True(_agents.IsInForce(local));

        _agents.Add("ada", 2);

        Assert.False(_agents.IsInForce(local));
    }

    [Fact]
    public void Authenticate_AfterRestart_StillKnowsTheToken()
    {
        var token = _agents.Add("ada", 3);

        Assert.Equal(3, Open().Authenticate("ada", token)!.Level);
    }

    [Fact]
    public void Authenticate_AnotherAgentsToken_IsRefused()
    {
        var token = _agents.Add("ada", 2);
        _agents.Add("bob", 2);

        Assert.Null(_agents.Authenticate("bob", token));
        Assert.Null(_agents.Authenticate("eve", token));
        Assert.Null(_agents.Authenticate("", token));
    }

    [Fact]
    public void Authenticate_EveryOneCharacterChanged_IsRefused()
    {
        var token = _agents.Add("ada", 2);

        for (var i = 0; i < token.Length; i++)
        {
            var changed = token.ToCharArray();
            changed[i] = changed[i] == 'a' ? 'b' : 'a';
            Assert.Null(_agents.Authenticate("ada", new string(changed)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("sfwa_")]
    [InlineData("password")]
    [InlineData("sfwa_é00000000000000000000000000000000000")]
    public void Authenticate_WhatIsNoToken_IsRefused(string token)
    {
        _agents.Add("ada", 2);

        Assert.Null(_agents.Authenticate("ada", token));
    }

    [Fact]
    public void Authenticate_Known_AllocatesNothing()
    {
        var token = _agents.Add("ada", 2);
        _agents.Authenticate("ada", token);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var agent = _agents.Authenticate("ada", token);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotNull(agent);
    }

    [Fact]
    public void Add_Token_IsNotStored()
    {
        var token = _agents.Add("ada", 2);

        var record = Assert.Single(_store.Records);
        Assert.Equal(32, record.TokenHash.Length);
        Assert.DoesNotContain(token, record.ToString(), StringComparison.Ordinal);
        Assert.Equal(_time.GetUtcNow(), record.CreatedAt);
    }

    [Theory]
    [InlineData("local", 1, AgentError.NameReserved)]
    [InlineData("", 1, AgentError.NameInvalid)]
    [InlineData("Ada", 1, AgentError.NameInvalid)]
    [InlineData("a b", 1, AgentError.NameInvalid)]
    [InlineData("a:b", 1, AgentError.NameInvalid)]
    [InlineData("a\n", 1, AgentError.NameInvalid)]
    [InlineData("é", 1, AgentError.NameInvalid)]
    [InlineData("a0123456789012345678901234567890123456789012345678901234567890123", 1, AgentError.NameInvalid)]
    [InlineData("ada", 0, AgentError.LevelInvalid)]
    [InlineData("ada", 4, AgentError.LevelInvalid)]
    public void TryAdd_NotAnAgent_IsRefusedWithASentence(string name, int level, object error)
    {
        Assert.Equal(error, _agents.TryAdd(name, level, out var token));
        Assert.Empty(token);
        Assert.NotEmpty(((AgentError)error).Sentence());
        Assert.False(_agents.HasAgents);
    }

    [Fact]
    public void TryAdd_SameName_IsRefusedAndKeepsTheToken()
    {
        var token = _agents.Add("ada", 2);

        Assert.Equal(AgentError.NameTaken, _agents.TryAdd("ada", 3, out _));
        Assert.NotNull(_agents.Authenticate("ada", token));
    }

    [Fact]
    public void TryAdd_StoreFails_AddsNothing()
    {
        _store.Fails = true;

        Assert.Equal(AgentError.StoreUnavailable, _agents.TryAdd("ada", 2, out var token));
        Assert.Empty(token);
        Assert.NotNull(_agents.Local);
    }

    [Fact]
    public void Remove_Agent_EndsItsTokenAndLeasesAtOnce()
    {
        var token = _agents.Add("ada", 2);
        var lease = _agents.Lease("ada", "s1");

        Assert.True(_agents.Remove("ada"));

        Assert.Null(_agents.Authenticate("ada", token));
        Assert.Null(_agents.Authenticate("ada", lease));
        Assert.Empty(_store.Records);
        Assert.False(_agents.Remove("ada"));
    }

    [Fact]
    public void Remove_StoreFails_KeepsTheAgent()
    {
        var token = _agents.Add("ada", 2);
        _store.Fails = true;

        Assert.Equal(AgentError.StoreUnavailable, _agents.TryRemove("ada"));
        Assert.NotNull(_agents.Authenticate("ada", token));
    }

    [Fact]
    public void List_Agents_IsByName()
    {
        _agents.Add("bob", 1);
        _agents.Add("ada", 2);

        Assert.Equal(["ada", "bob"], _agents.List().Select(static a => a.Name));
    }

    [Fact]
    public void Local_NoToken_IsTheOnlyAgentAndMayBind() =>
        Assert.Equal(new AgentIdentity("local", 1, MayBind: true, "local"), _agents.Local);

    [Fact]
    public void Local_TokenExists_IsOff()
    {
        _agents.Add("ada", 2);
        Assert.Null(_agents.Local);

        _agents.Remove("ada");
        Assert.NotNull(_agents.Local);
    }

    [Fact]
    public void Lease_Agent_HasItsLevelAndASessionOfItsOwn()
    {
        _agents.Add("ada", 3);
        var lease = _agents.Lease("ada", "exec-1");
        var other = _agents.Lease("ada", "exec-2");

        Assert.Equal(new AgentIdentity("ada", 3, MayBind: true, "exec-1"), _agents.Authenticate("ada", lease));
        Assert.Equal("exec-2", _agents.Authenticate("ada", other)!.Session);
        Assert.Single(_store.Records);
    }

    [Fact]
    public void Lease_Local_MayBindWhileItIsAlone()
    {
        var lease = _agents.Lease("local", "exec-1");

        Assert.Equal(new AgentIdentity("local", 1, MayBind: true, "exec-1"), _agents.Authenticate("local", lease));
        Assert.NotNull(_agents.Local);
    }

    [Fact]
    public void Lease_LocalAndThenATokenExists_Ends()
    {
        var lease = _agents.Lease("local", "exec-1");
        _agents.Add("ada", 2);

        Assert.Null(_agents.Authenticate("local", lease));
        Assert.Equal(AgentError.NotFound, _agents.TryLease("local", "exec-2", out _));
    }

    [Theory]
    [InlineData("eve", "s", AgentError.NotFound)]
    [InlineData("local", "", AgentError.SessionInvalid)]
    [InlineData("local", "a b", AgentError.SessionInvalid)]
    public void TryLease_Unknown_IsRefused(string agent, string session, object error)
    {
        Assert.Equal(error, _agents.TryLease(agent, session, out var token));
        Assert.Empty(token);
    }

    [Fact]
    public void Release_Lease_EndsItAlone()
    {
        var token = _agents.Add("ada", 2);
        var lease = _agents.Lease("ada", "s1");
        var other = _agents.Lease("ada", "s2");

        Assert.True(_agents.Release(lease));

        Assert.Null(_agents.Authenticate("ada", lease));
        Assert.NotNull(_agents.Authenticate("ada", other));
        Assert.NotNull(_agents.Authenticate("ada", token));
        Assert.False(_agents.Release(lease));
    }

    [Fact]
    public void Release_StoredToken_IsNoLease()
    {
        var token = _agents.Add("ada", 2);

        Assert.False(_agents.Release(token));
        Assert.NotNull(_agents.Authenticate("ada", token));
    }

    [Fact]
    public void Open_StoreFails_IsNull()
    {
        _store.Fails = true;

        Assert.Null(AgentDirectory.Open(_store, _time, NullLogger.Instance));
    }

    [Fact]
    public void Token_Created_IsWellFormedAndNeverTheSame()
    {
        var tokens = Enumerable.Range(0, 1000).Select(static _ => AgentToken.Create()).ToList();

        Assert.All(tokens, static token => Assert.True(AgentToken.IsWellFormed(token)));
        Assert.All(tokens, static token => Assert.Matches("^sfwa_[0-9A-Za-z]{36}$", token));
        Assert.Equal(tokens.Count, tokens.Distinct().Count());
    }

    [Fact]
    public void Token_Checksum_IsCrc32InBase62() =>
        Assert.True(AgentToken.IsWellFormed("sfwa" + "_" + new string('0', 30) + KnownChecksum));

    private AgentDirectory Open() => AgentDirectory.Open(_store, _time, NullLogger.Instance)!;
}
