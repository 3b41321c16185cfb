using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Pins;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Tests.Pins;

/// <summary>Over a real store.</summary>
public sealed class ToolPinBookTests : IDisposable
{
    private const string Host = "mcp.example.com";

    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private SqliteStore _store;
    private ToolPinBook _book;

    public ToolPinBookTests() => (_store, _book) = Open();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    private (SqliteStore Store, ToolPinBook Book) Open()
    {
        var store = SqliteStore.Open(Path.Combine(_folder.Path, "firewall.db"), NullLogger.Instance, out _)!;
        return (store, ToolPinBook.Open(store.ToolPins, _time, NullLogger.Instance)!);
    }

    private void Restart()
    {
        _store.Dispose();
        (_store, _book) = Open();
    }

    private bool See(string tool, string hash, string host = Host) => _book.See(host, [(tool, hash, $"described {hash}")])[0];

    [Fact]
    public void See_FirstDescription_IsTakenAndTheSameOneStaysAlsoAfterARestart()
    {
        Assert.True(See("t", "1"));
        Restart();

        Assert.True(See("t", "1"));
        Assert.False(_book.IsPending(Host, "t"));
        Assert.Equal("described 1", Assert.Single(_book.List()).Description);
    }

    [Fact]
    public void See_AnotherDescription_WaitsAlsoAfterARestart_UntilSomebodySaysYes()
    {
        See("t", "1");

        Assert.False(See("t", "2"));
        Assert.True(_book.IsPending(Host, "t"));
        Restart();
        Assert.False(See("t", "2"));
        Assert.True(_book.IsPending(Host, "t"));

        Assert.Equal(PinError.None, _book.Approve(Host, "t"));
        Restart();
        Assert.True(See("t", "2"));
        Assert.True(See("t", "1"));
        Assert.False(_book.IsPending(Host, "t"));
    }

    [Fact]
    public void See_WhileOneWaits_EvenTheKnownDescriptionIsNotListed()
    {
        See("t", "1");
        See("t", "2");

        Assert.False(See("t", "1"));
    }

    [Fact]
    public void See_OneAfterTheOther_OnlyTheLastWaits()
    {
        See("t", "1");
        See("t", "2");
        See("t", "3");
        Restart();

        Assert.Equal([("1", false), ("3", true)], _book.List().Select(pin => (pin.Hash, pin.IsPending)));
    }

    [Fact]
    public void See_OtherHostsAndTools_AreTheirOwn()
    {
        See("t", "1");

        Assert.True(See("t", "2", "other.example.com"));
        Assert.True(See("u", "2"));
    }

    [Fact]
    public void See_OneNameTwiceInAList_Waits()
    {
        Assert.Equal([false, false], _book.See(Host, [("t", "1", ""), ("t", "2", "")]));
    }

    [Fact]
    public void See_MoreToolsThanAnyServerHas_Wait()
    {
        var listed = Enumerable.Range(0, ToolPinBook.MostPerDestination + 1).Select(i => ($"t{i}", "1", "")).ToList();

        Assert.Equal(ToolPinBook.MostPerDestination, _book.See(Host, listed).Count(isKnown => isKnown));
    }

    [Fact]
    public void See_MoreDestinationsThanAnybodyUses_Wait()
    {
        for (var i = 0; i < ToolPinBook.MostDestinations; i++)
        {
            Assert.True(Assert.Single(_book.See($"{i}.example.com", [("t", "1", "")])));
        }

        Assert.False(Assert.Single(_book.See("more.example.com", [("t", "1", "")])));
        Assert.True(Assert.Single(_book.See("0.example.com", [("u", "1", "")])));
        Assert.Equal(ToolPinBook.MostDestinations + 1, _book.List().Count);
    }

    [Fact]
    public void Forget_Tool_TakesTheNextDescriptionAsItComes()
    {
        See("t", "1");
        See("t", "2");
        See("u", "1");

        Assert.Equal(PinError.None, _book.Forget(Host, "t"));
        Restart();
        Assert.True(See("t", "2"));
        Assert.Equal(PinError.None, _book.Forget(Host, null));
        Restart();
        Assert.Empty(_book.List());
    }

    [Fact]
    public void Approve_NothingThatWaits_SaysSo()
    {
        See("t", "1");

        Assert.Equal(PinError.NotPending, _book.Approve(Host, "t"));
        Assert.Equal(PinError.NotFound, _book.Approve(Host, "x"));
        Assert.Equal(PinError.NotFound, _book.Forget("nobody.example.com", null));
    }

    [Fact]
    public void See_StoreThatCannotRemember_CountsAsWaiting()
    {
        var book = ToolPinBook.Open(new BrokenStore(), _time, NullLogger.Instance)!;

        Assert.False(book.See(Host, [("t", "1", "")])[0]);
        Assert.Empty(book.List());
    }

    private sealed class BrokenStore : IToolPinStore
    {
        public IReadOnlyList<ToolPin> Load() => [];

        public bool Save(IReadOnlyList<ToolPin> pins) => false;

        public bool Delete(string destination, string? tool) => false;
    }
}
