using System.Runtime.CompilerServices;
using SecretsFirewall.Enforcement;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class MemoryGaugeTests
{
    private const int GarbageBytes = 512 * 1024 * 1024;

    /// <summary>While everything is refused nobody allocates, and the collector would never run by itself.</summary>
    [Fact]
    public void IsFull_OfGarbageAlone_CollectsAndGoesOn()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var gauge = new MemoryGauge(before + (GarbageBytes / 4 * 3), TimeProvider.System);
        Litter();

        Assert.False(gauge.IsFull);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Litter()
    {
        var garbage = new byte[GarbageBytes];
        Array.Fill(garbage, (byte)1);
        GC.KeepAlive(garbage);
    }
}
