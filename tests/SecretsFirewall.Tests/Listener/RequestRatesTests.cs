using SecretsFirewall.Listener;

namespace SecretsFirewall.Tests.Listener;

public sealed class RequestRatesTests
{
    [Fact]
    public async Task PaceRefusal_AfterABurst_LetsOneAgentWaitAndNobodyElse()
    {
        using var rates = new RequestRates(new ListenerOptions());
        var burst = 0;
        var waits = rates.PaceRefusalAsync("flood", CancellationToken.None).AsTask();
        while (waits.IsCompleted && burst < 1_000_000)
        {
            burst++;
            Assert.True(await waits);
            waits = rates.PaceRefusalAsync("flood", CancellationToken.None).AsTask();
        }

        Assert.InRange(burst, 100, 100_000);
        Assert.True(await rates.PaceRefusalAsync("other", CancellationToken.None));
        Assert.True(await waits);
    }

    [Fact]
    public async Task PaceRefusal_TooManyWaitAlready_IsNotAnswered()
    {
        using var rates = new RequestRates(new ListenerOptions());
        using var gone = new CancellationTokenSource();

        var waits = Enumerable.Range(0, 20_000).Select(_ => rates.PaceRefusalAsync("flood", gone.Token).AsTask()).ToList();

        Assert.Contains(waits, wait => wait is { IsCompletedSuccessfully: true, Result: false });
        await gone.CancelAsync();
        Assert.Contains(await Task.WhenAll(waits), answered => answered);
    }
}
