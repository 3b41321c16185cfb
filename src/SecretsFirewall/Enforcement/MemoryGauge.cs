namespace SecretsFirewall.Enforcement;

/// <summary>
/// Whether managed memory is beyond a limit. What looks full is often garbage, and while everything is refused nothing is allocated that would make
/// the collector run by itself: so we ask it to, once a second at most.
/// </summary>
internal sealed class MemoryGauge(long limit, TimeProvider time)
{
    private static readonly TimeSpan BetweenCollections = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long? _collectedAt;

    public bool IsFull => GC.GetTotalMemory(forceFullCollection: false) > limit && IsFullWithoutGarbage();

    private bool IsFullWithoutGarbage()
    {
        lock (_lock)
        {
            if (_collectedAt is null || time.GetElapsedTime(_collectedAt.Value) >= BetweenCollections)
            {
                GC.Collect();
                _collectedAt = time.GetTimestamp();
            }
        }

        return GC.GetTotalMemory(forceFullCollection: false) > limit;
    }
}
