using SecretsFirewall.Enforcement;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class BufferBudgetTests
{
    private const long Mebi = 1024 * 1024;

    private static readonly EnforcementOptions Defaults = new();

    [Fact]
    public void Take_MoreThanTheAgentMayHold_IsRefusedWithAnotherTry()
    {
        var budget = new BufferBudget(Defaults with { BufferedBytesPerAgent = 10 }, TimeProvider.System, long.MaxValue);

        Assert.Null(budget.Take("ada", 10));
        var refusal = budget.Take("ada", 1);

        Assert.Equal((RefusalCode.Overloaded, "limits.buffered_bytes_per_agent", 2), (refusal?.Code, refusal?.Rule, refusal?.RetryAfterSeconds));
        Assert.Null(budget.Take("bob", 1));
        budget.GiveBack("ada", 10);
        Assert.Null(budget.Take("ada", 10));
    }

    /// <summary>512 MB in a container, and a limit that nobody set for it.</summary>
    [Fact]
    public void Take_MoreThanAQuarterOfWhatTheProcessMayUse_IsRefusedWhoeverAsks()
    {
        var budget = new BufferBudget(Defaults, TimeProvider.System, 512 * Mebi);

        Assert.Null(budget.Take("ada", 64 * Mebi));
        var refusal = budget.Take("bob", 64 * Mebi);

        Assert.Equal((RefusalCode.Overloaded, "limits.memory_bytes", 2), (refusal?.Code, refusal?.Rule, refusal?.RetryAfterSeconds));
        Assert.Null(budget.Take("bob", 32 * Mebi));
        budget.GiveBack("ada", 64 * Mebi);
        Assert.Null(budget.Take("bob", 64 * Mebi));
    }

    [Fact]
    public void Take_WithoutLimitOfMemory_IsBoundedByTheAgentAlone()
    {
        var budget = new BufferBudget(Defaults with { MemoryBytes = 0 }, TimeProvider.System, 16 * Mebi);

        Assert.Null(budget.Take("ada", Defaults.BufferedBytesPerAgent));
        Assert.NotNull(budget.Take("ada", 1));
        Assert.False(budget.IsMemoryFull);
    }

    [Theory]
    [InlineData(2L * 1024 * Mebi, 1L, true)]
    [InlineData(1L, 512 * Mebi, true)]
    [InlineData(2L * 1024 * Mebi * 1024, 4L * 1024 * Mebi * 1024, false)]
    public void IsMemoryFull_TheSmallerOfBothLimitsDecides(long configured, long available, bool expected) =>
        Assert.Equal(expected, new BufferBudget(Defaults with { MemoryBytes = configured }, TimeProvider.System, available).IsMemoryFull);
}
