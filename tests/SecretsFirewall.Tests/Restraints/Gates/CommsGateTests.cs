using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints;
using SecretsFirewall.Restraints.Gates;

namespace SecretsFirewall.Tests.Restraints.Gates;

public sealed class CommsGateTests
{
    private static readonly Destination Mail = new("https", "mail.example", 443);

    private readonly GatesInMemory _store = new();
    private readonly FakeTime _time = new();
    private readonly List<RestraintEvent> _recorded = [];
    private readonly CommsGate _gate;

    public CommsGateTests()
    {
        _gate = CommsGate.Open(_store, _time, NullLogger.Instance)!;
        _gate.Record = change =>
        {
            _recorded.Add(change);
            return true;
        };
    }

    [Fact]
    public void IsOpen_NothingUnlocked_IsLockedToAll()
    {
        Assert.False(_gate.IsOpen("ada", Mail, _time.GetUtcNow()));
        Assert.False(_gate.IsOpen("ada", "send_mail", _time.GetUtcNow()));
    }

    [Fact]
    public void TryUnlock_Destination_IsOpenToThatAgentAndPlaceUntilItsTimeAlsoAfterARestart()
    {
        var until = _time.GetUtcNow().AddHours(2);
        Assert.Equal(GateError.None, _gate.TryUnlock(new GateTarget("ada", Mail, null), until, "Release.", "ops"));

        foreach (var gate in new[] { _gate, CommsGate.Open(_store, _time, NullLogger.Instance)! })
        {
            Assert.True(gate.IsOpen("ada", Mail, _time.GetUtcNow()));
            Assert.False(gate.IsOpen("bob", Mail, _time.GetUtcNow()));
            Assert.False(gate.IsOpen("ada", Mail with { Port = 8443 }, _time.GetUtcNow()));
            Assert.False(gate.IsOpen("ada", Mail with { Scheme = "http" }, _time.GetUtcNow()));
            Assert.False(gate.IsOpen("ada", Mail with { Host = "a.mail.example" }, _time.GetUtcNow()));
            Assert.True(gate.IsOpen("ada", Mail, until.AddTicks(-1)));
            Assert.False(gate.IsOpen("ada", Mail, until));
        }

        _time.Advance(TimeSpan.FromHours(2));
        Assert.Empty(_gate.List());
    }

    [Fact]
    public void TryUnlock_Tool_IsOpenInAnyCaseUntilItIsLocked()
    {
        var target = new GateTarget("ada", null, "Send_Mail");
        Assert.Equal(GateError.None, _gate.TryUnlock(target, _time.GetUtcNow().AddHours(1), "Release.", "ops"));

        Assert.True(_gate.IsOpen("ada", "send_mail", _time.GetUtcNow()));
        Assert.Equal(target, Assert.Single(_gate.List()).Target);
        Assert.Equal(GateError.None, _gate.TryLock(target with { Tool = "SEND_MAIL" }, "ops"));
        Assert.False(_gate.IsOpen("ada", "send_mail", _time.GetUtcNow()));
        Assert.Empty(_store.Unlocks);
        Assert.Equal(GateError.NotOpen, _gate.TryLock(target, "ops"));
        Assert.Equal(["gate_unlocked", "gate_locked"], _recorded.Select(change => change.Word));
    }

    [Fact]
    public void TryUnlock_ThatCannotBeRecordedOrStored_StaysLocked()
    {
        var target = new GateTarget("ada", Mail, null);
        _gate.Record = static _ => false;
        Assert.Equal(GateError.NotRecorded, _gate.TryUnlock(target, _time.GetUtcNow().AddHours(1), "Release.", "ops"));
        _gate.Record = static _ => true;
        _store.Fails = true;
        Assert.Equal(GateError.StoreUnavailable, _gate.TryUnlock(target, _time.GetUtcNow().AddHours(1), "Release.", "ops"));

        Assert.False(_gate.IsOpen("ada", Mail, _time.GetUtcNow()));
        Assert.Null(CommsGate.Open(_store, _time, NullLogger.Instance));
    }

    [Fact]
    public void TryLock_StoreFails_IsLockedAllTheSame()
    {
        var target = new GateTarget("ada", Mail, null);
        _gate.TryUnlock(target, _time.GetUtcNow().AddHours(1), "Release.", "ops");
        _store.Fails = true;

        Assert.Equal(GateError.StoreUnavailable, _gate.TryLock(target, "ops"));

        Assert.False(_gate.IsOpen("ada", Mail, _time.GetUtcNow()));
    }

    [Fact]
    public void Forget_RemovedAgent_LeavesNothingOpenUnderItsName()
    {
        _gate.TryUnlock(new GateTarget("ada", Mail, null), _time.GetUtcNow().AddHours(1), "Release.", "ops");
        _gate.TryUnlock(new GateTarget("bob", Mail, null), _time.GetUtcNow().AddHours(1), "Release.", "ops");

        _gate.Forget("ada");

        Assert.False(_gate.IsOpen("ada", Mail, _time.GetUtcNow()));
        Assert.True(_gate.IsOpen("bob", Mail, _time.GetUtcNow()));
    }

    [Fact]
    public void TryUnlock_WithoutReasonOrEndOrTarget_IsRefused()
    {
        var (target, now) = (new GateTarget("ada", Mail, null), _time.GetUtcNow());
        Assert.Equal(GateError.ReasonMissing, _gate.TryUnlock(target, now.AddHours(1), "", "ops"));
        Assert.Equal(GateError.ReasonInvalid, _gate.TryUnlock(target, now.AddHours(1), "a\nb", "ops"));
        Assert.Equal(GateError.EndInvalid, _gate.TryUnlock(target, now, "Release.", "ops"));
        Assert.Equal(GateError.EndInvalid, _gate.TryUnlock(target, now + CommsGate.Longest + TimeSpan.FromSeconds(1), "Release.", "ops"));
        Assert.Equal(GateError.TargetInvalid, _gate.TryUnlock(new GateTarget("ada", null, null), now.AddHours(1), "Release.", "ops"));
        Assert.Equal(GateError.TargetInvalid, _gate.TryUnlock(target with { Tool = "x" }, now.AddHours(1), "Release.", "ops"));
        Assert.Empty(_gate.List());
    }

    private sealed class GatesInMemory : IGateStore
    {
        public List<GateUnlock> Unlocks { get; } = [];

        public bool Fails { get; set; }

        public IReadOnlyList<GateUnlock>? Load() => Fails ? null : [.. Unlocks];

        public bool Save(GateUnlock unlock)
        {
            if (!Fails)
            {
                Delete(unlock.Target);
                Unlocks.Add(unlock);
            }

            return !Fails;
        }

        public bool Delete(GateTarget target)
        {
            if (!Fails)
            {
                Unlocks.RemoveAll(one => one.Target == target);
            }

            return !Fails;
        }
    }
}
