using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli;
using SecretsFirewall.Load.Runs;

namespace SecretsFirewall.Load.Scale;

/// <summary>A log of so many bytes: real at both ends, where somebody reads it, and sparse between.</summary>
internal static class AuditFiles
{
    public static void Fill(FirewallHome home, long bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        var options = new AuditOptions { Directory = home.AuditDirectory, TotalBytes = long.MaxValue };
        var real = Math.Min(bytes, options.SegmentBytes + (options.SegmentBytes / 2));
        using (var log = AuditLog.Open(options, TimeProvider.System, NullLogger.Instance))
        {
            while (log.Sequence % 1000 != 0 || log.Sequence == 0 || AuditSegments.TotalBytes(options.Directory) < real)
            {
                if (!log.TryAppend(AuditRun.Record))
                {
                    throw new IOException($"The log refused: {log.Trouble}.");
                }
            }
        }

        var last = AuditSegments.List(options.Directory)[^1];
        var between = (int)((bytes - real) / options.SegmentBytes);
        if (between == 0)
        {
            return;
        }

        File.Move(AuditSegments.Path(options.Directory, last), AuditSegments.Path(options.Directory, last + between));
        for (var number = last; number < last + between; number++)
        {
            using var sparse = AuditSegments.OpenForAppend(AuditSegments.Path(options.Directory, number));
            sparse.SetLength(options.SegmentBytes);
        }
    }
}
