using SecretsFirewall.Admin;
using SecretsFirewall.Audit;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>Where an installation's log stands, for whoever asks how it is. Asking signs nothing and reads no more than the log's end.</summary>
internal static class LogPosition
{
    /// <param name="running">Null where nobody runs.</param>
    public static LogReply Of(Installation installation, AuditLog? running, AuditKeeper? keeper)
    {
        var directory = installation.Home.AuditDirectory;
        var mark = installation.Store.AuditMark.LoadMark(out _);
        return new LogReply(
            directory,
            Directory.Exists(directory) ? AuditSegments.TotalBytes(directory) : 0,
            running?.Sequence ?? LastRecord(directory),
            keeper?.Last?.Sequence ?? mark?.Sequence ?? 0,
            keeper?.Last?.At,
            installation.AuditSigner.Public.Id,
            WitnessesOf(keeper));
    }

    public static IReadOnlyList<WitnessReply> WitnessesOf(AuditKeeper? keeper) =>
        [.. (keeper?.Witnesses ?? []).Select(static one => new WitnessReply(one.Name, one.Sequence, one.At, one.Problem))];

    private static long LastRecord(string directory)
    {
        if (AuditReader.Segments(directory).LastOrDefault() is not { } path)
        {
            return 0;
        }

        using var segment = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return AuditTail.Find(segment).Last?.Sequence ?? 0;
    }
}
