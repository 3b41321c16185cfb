using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Tests.Restraints.Kills;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class OpenTrafficTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly KillSwitch _kills;
    private readonly OpenTraffic _open;

    public OpenTrafficTests()
    {
        _kills = KillSwitch.Open(new KillsInMemory(), _folder["KILL"], _time, NullLogger.Instance)!;
        _open = new OpenTraffic(_kills);
    }

    public void Dispose()
    {
        _open.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Killed_WhileTheNextStepWaits_EndsItRefusesAndGivesTheClientsTokenBack()
    {
        var (context, exchange) = Request();
        var clients = context.RequestAborted;
        var waiting = new KillMiddleware(_open).InvokeAsync(context, static inside => Task.Delay(Timeout.InfiniteTimeSpan, inside.RequestAborted));
        Assert.Equal((1, false), (_open.Count, waiting.IsCompleted));

        Kill("ada");
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((RefusalCode.Killed, 0), (exchange.Refusal?.Code, _open.Count));
        Assert.Equal(clients, context.RequestAborted);
        Assert.False(context.RequestAborted.IsCancellationRequested); // so that it can be answered
    }

    [Fact]
    public async Task Killed_AnotherAgent_LeavesItAlone()
    {
        var (context, exchange) = Request();
        using var going = new SemaphoreSlim(0);
        var waiting = new KillMiddleware(_open).InvokeAsync(context, async inside => await going.WaitAsync(inside.RequestAborted));

        Kill("bob");
        going.Release();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Null(exchange.Refusal);
    }

    [Fact]
    public async Task Killed_Before_PassesTheRefusalOnAndCutsNothing()
    {
        var (context, exchange) = Request();
        Kill("ada");
        var passed = false;

        await new KillMiddleware(_open).InvokeAsync(context, inside =>
        {
            passed = !inside.RequestAborted.IsCancellationRequested;
            return Task.CompletedTask;
        });

        Assert.True(passed);
        Assert.Equal("kill.agent", exchange.Refusal?.Rule);
    }

    [Fact]
    public void Spare_WhatGaveTheAgentAway_IsLeftForThatOnce()
    {
        var (context, exchange) = Request();
        using var entry = new OpenExchange(context, exchange);
        _open.Enter(entry);

        entry.Spare(() => Kill("ada"));
        Assert.Null(exchange.Refusal);
        _kills.TryKill(KillScope.System, "", "", "ops");

        Assert.Equal("kill.system", exchange.Refusal?.Rule);
    }

    [Fact]
    public void Killed_Tool_CutsOnlyWhatNobodyLooksThrough()
    {
        var (context, exchange) = Request();
        var (other, ungated) = Request();
        using var entry = new OpenExchange(context, exchange);
        using var otherEntry = new OpenExchange(other, ungated) { IsUngated = true };
        _open.Enter(entry);
        _open.Enter(otherEntry);

        _kills.TryKill(KillScope.Tool, "deploy", "", "ops");

        Assert.Equal((null, "kill.tool"), (exchange.Refusal?.Rule, ungated.Refusal?.Rule));
    }

    [Fact]
    public void Killed_WithAnEndOfItsOwn_EndsSo()
    {
        var (context, exchange) = Request();
        var said = new List<Refusal>();
        using var entry = new OpenExchange(context, exchange) { Ending = said.Add };
        _open.Enter(entry);

        Kill("ada");

        Assert.Equal(RefusalCode.Killed, Assert.Single(said).Code);
        Assert.False(context.RequestAborted.IsCancellationRequested);
    }

    private void Kill(string agent) => Assert.Equal(KillError.None, _kills.TryKill(KillScope.Agent, agent, "", "ops"));

    private (HttpContext Context, Exchange Exchange) Request()
    {
        var exchange = new Exchange
        {
            Id = "x",
            StartedAt = _time.GetUtcNow(),
            Agent = new AgentIdentity("ada", 1, MayBind: true, "ada"),
            Destination = new Destination("https", "tool.example", 443),
            Target = "/thing",
        };
        var context = new DefaultHttpContext();
        context.Features.Set(exchange);
        return (context, exchange);
    }
}
