namespace SecretsFirewall.Forwarding;

/// <summary>How many upstream connections may be open, pooled ones included.</summary>
internal sealed class UpstreamRoom(int most)
{
    private int _open;

    public int Open => Volatile.Read(ref _open);

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
