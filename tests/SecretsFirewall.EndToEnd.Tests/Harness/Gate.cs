namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>Lets a script go on only when the test has seen what came before: that is how streaming is shown without a clock.</summary>
internal sealed class Gate : IDisposable
{
    private readonly SemaphoreSlim _permits = new(0);

    public void Open(int times = 1) => _permits.Release(times);

    public async Task PassAsync()
    {
        if (!await _permits.WaitAsync(Patience.Long))
        {
            throw new TimeoutException("The gate stayed shut.");
        }
    }

    public void Dispose() => _permits.Dispose();
}
