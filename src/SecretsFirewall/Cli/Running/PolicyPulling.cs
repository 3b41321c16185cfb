using Microsoft.Extensions.Logging;
using SecretsFirewall.Bundles;

namespace SecretsFirewall.Cli.Running;

/// <summary>The connection of <see cref="BundlePull"/>: direct, over TLS, to whom the upstream leg believes too (<c>upstream.ca_files</c>, <c>upstream.hosts</c>).</summary>
internal sealed class PolicyPulling : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly CancellationTokenSource _stop = new();

    private PolicyPulling(HttpMessageInvoker http, BundlePull pull)
    {
        _http = http;
        Pull = pull;
        _ = pull.RunAsync(_stop.Token);
    }

    public BundlePull Pull { get; }

    /// <summary>Null where no address is set.</summary>
    /// <exception cref="InvalidDataException">A CA file cannot be read.</exception>
    public static PolicyPulling? Start(FirewallOptions options, ActivePolicy policy, BundleKeeper bundles, TimeProvider time, ILogger logger)
    {
        if (options.Bundles.Url is not { } address)
        {
            return null;
        }

        var http = OwnRequests.Invoker(options.Upstream);
        return new PolicyPulling(http, new BundlePull(new BundleServer(http, address, time), options.Bundles, policy, bundles, time, logger));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _http.Dispose();
    }
}
