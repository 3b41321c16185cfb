using System.Globalization;
using System.Net;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Auditing;

/// <summary>
/// <c>kill -9</c> at random moments under load: after each restart the log verifies, and the upstream has no request without a record of intent.
/// 10 times in a build; <c>SFW_KILL_ROUNDS=100</c> for more.
/// </summary>
public sealed class KillTests : IAsyncLifetime
{
    private const int Clients = 8;
    private const int LongestMs = 400;

    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("SFW_KILL_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : 10;

    private readonly TestAuthority _authority = new();
    private RecordingUpstream _upstream = null!;
    private FirewallProcess _process = null!;

    public async Task InitializeAsync()
    {
        _upstream = await RecordingUpstream.StartAsync(_authority);

        // Small segments and frequent checkpoints, so that a kill meets their seams as well.
        _process = await FirewallProcess.StartAsync(_authority, _upstream, new ProcessLimits
        {
            Configuration = new Dictionary<string, object> { ["audit"] = new { segment = "64KiB", checkpoint_records = 20 } },
        });
    }

    public async Task DisposeAsync()
    {
        await _process.DisposeAsync();
        await _upstream.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task KillUnderLoad_AgainAndAgain_LogVerifiesAndNothingLeftUnrecorded()
    {
        var random = new Random(20261121);
        for (var round = 0; round < Rounds; round++)
        {
            using var stop = new CancellationTokenSource();
            var load = Enumerable.Range(0, Clients).Select(client => SendAsync($"/{round}/{client}", stop.Token)).ToList();
            await _upstream.NextAsync(); // the load is on
            await Task.Delay(random.Next(LongestMs));
            await _process.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(load);
            await _process.RunAsync();

            var verification = Verify();
            Assert.True(verification.IsWhole, $"Round {round}: {verification.Break}");
        }

        (await _process.InterruptAsync()).Succeeded();
        Assert.True(Verify() is { IsWhole: true, Unsigned: 0 });
        var intents = AuditReader.Read(_process.AuditFolder).Where(static one => one.Record.Type == AuditTypes.Intent).Select(static one => one.Record.Path).ToHashSet();
        var received = _upstream.Requests.Select(static one => one.Target).ToList();
        Assert.True(received.Count > Rounds);
        Assert.DoesNotContain(received, target => !intents.Contains(target));
        Assert.Contains("verified", (await _process.CommandAsync(["audit", "verify"])).Succeeded().Text, StringComparison.Ordinal);
    }

    private async Task SendAsync(string prefix, CancellationToken stop)
    {
        using var client = _process.CreateHttpClient(HttpVersion.Version11);
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            try
            {
                await client.GetStringAsync(new Uri($"https://{Hosts.Tool}{prefix}/{i}"), stop);
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                if (e is OperationCanceledException)
                {
                    return;
                }

                await Task.Yield(); // it was killed: the round is over soon
            }
        }
    }

    private AuditVerification Verify()
    {
        var keys = Directory.GetFiles(Path.Combine(_process.HomeFolder, "keys", "audit"), "*.pub").SelectMany(static file => CheckpointKey.TryReadPem(File.ReadAllText(file))!);
        List<ChainSegment> segments = [.. AuditReader.Segments(_process.AuditFolder).Select(ChainSegment.Of)];
        using var unsigned = new ChainVerifier(new ChainTrust());
        if (unsigned.Verify(segments) is { Checkpoints: 0 } early)
        {
            return early; // killed before the first checkpoint
        }

        using var verifier = new ChainVerifier(new ChainTrust { Keys = [.. keys] });
        return verifier.Verify(segments);
    }
}
