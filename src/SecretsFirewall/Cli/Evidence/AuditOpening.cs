using Microsoft.Extensions.Logging;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Witnesses;
using SecretsFirewall.Cli.Running;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>An installation's log, signed and marked, with whoever witnesses it. The log goes first at the end, so that its last checkpoint is still kept.</summary>
internal sealed class AuditOpening : IDisposable
{
    private readonly HttpMessageInvoker? _http;

    private AuditOpening(AuditLog log, AuditKeeper keeper, HttpMessageInvoker? http)
    {
        Log = log;
        Keeper = keeper;
        _http = http;
    }

    public AuditLog Log { get; }

    public AuditKeeper Keeper { get; }

    /// <summary>Null with one sentence where the store cannot say how far the log came.</summary>
    /// <exception cref="InvalidDataException">A CA file cannot be read.</exception>
    public static AuditOpening? Open(Installation installation, FirewallOptions options, TimeProvider time, ILoggerFactory loggers, out string problem)
    {
        var mark = installation.Store.AuditMark.LoadMark(out var done);
        if (!done)
        {
            problem = $"How far the audit log came cannot be read from {installation.Home.Database}. Restore a backup.";
            return null;
        }

        var http = options.Anchors is { Url: null, TimestampUrl: null } ? null : OwnRequests.Invoker(options.Upstream);
        var keeper = new AuditKeeper(
            installation.Home.AuditDirectory, installation.Store.AuditMark, [.. Witnesses(installation.Home, options.Anchors, http, time, loggers)], loggers.CreateLogger<AuditKeeper>());
        var log = AuditLog.Open(
            options.Audit with { Directory = installation.Home.AuditDirectory }, time, loggers.CreateLogger<AuditLog>(), new AuditSigning(installation.AuditSigner, mark, keeper.Take));
        problem = "";
        return new AuditOpening(log, keeper, http);
    }

    public void Dispose()
    {
        Log.Dispose();
        Keeper.Dispose();
        _http?.Dispose();
    }

    private static IEnumerable<WitnessSending> Witnesses(FirewallHome home, AnchorOptions options, HttpMessageInvoker? http, TimeProvider time, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger<WitnessSending>();
        if (options.File is { } file)
        {
            yield return new WitnessSending(new FileWitness(file), TimeSpan.Zero, time, logger);
        }

        if (options.Url is { } url)
        {
            yield return new WitnessSending(new HttpWitness(http!, url), options.Interval, time, logger);
        }

        if (options.TimestampUrl is { } timestamps)
        {
            yield return new WitnessSending(new TimestampWitness(http!, timestamps, home.TimestampDirectory), options.Interval, time, logger);
        }
    }
}
