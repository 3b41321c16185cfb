using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Audit.Witnesses;

namespace SecretsFirewall.Audit;

/// <summary>
/// What happens to a checkpoint behind the log's back: <c>1</c> the segments are synced to the disk, <c>2</c> the mark in the store moves,
/// <c>3</c> the witnesses hear of it. In this order, so that nobody remembers what a power cut can take away.
/// </summary>
internal sealed partial class AuditKeeper : IDisposable
{
    private static readonly TimeSpan AtTheEnd = TimeSpan.FromSeconds(5);

    private readonly string _directory;
    private readonly IAuditMarkStore _store;
    private readonly IReadOnlyList<WitnessSending> _witnesses;
    private readonly ILogger _logger;
    private readonly Channel<AuditPosition> _news = Channel.CreateBounded<AuditPosition>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Task _keeping;
    private int _syncedSegment;

    /// <param name="witnesses">Disposed of with the keeper.</param>
    public AuditKeeper(string directory, IAuditMarkStore store, IReadOnlyList<WitnessSending> witnesses, ILogger logger)
    {
        _directory = directory;
        _store = store;
        _witnesses = witnesses;
        _logger = logger;
        _keeping = Task.Run(KeepAllAsync);
    }

    /// <summary>The newest checkpoint of this run; null before the first.</summary>
    public AuditPosition? Last { get; private set; }

    public IEnumerable<WitnessStatus> Witnesses => _witnesses.Select(static witness => witness.Status);

    /// <summary>Returns at once. If checkpoints come faster than the disk, the newest counts.</summary>
    public void Take(AuditPosition position)
    {
        Last = position;
        _news.Writer.TryWrite(position);
    }

    public void Dispose()
    {
        _news.Writer.TryComplete();
        _keeping.Wait(AtTheEnd);
        foreach (var witness in _witnesses)
        {
            witness.Dispose();
        }
    }

    private async Task KeepAllAsync()
    {
        await foreach (var position in _news.Reader.ReadAllAsync())
        {
            try
            {
                Sync(position.Segment);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                LogNotSynced(_logger, e.HResult); // the next checkpoint tries again; until then the mark stays
                continue;
            }

            if (!_store.SaveMark(new AuditMark(position.Sequence, position.Hash)))
            {
                LogNotMarked(_logger, position.Sequence);
            }

            foreach (var witness in _witnesses)
            {
                witness.Offer(position);
            }
        }
    }

    private void Sync(int segment)
    {
        var from = _syncedSegment == 0 ? segment : _syncedSegment;
        foreach (var number in AuditSegments.List(_directory).Where(number => number >= from && number <= segment))
        {
            using var file = File.OpenHandle(AuditSegments.Path(_directory, number), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(file);
        }

        _syncedSegment = segment;
    }

    [LoggerMessage(3205, LogLevel.Error, "The audit log could not be synced to the disk: error {Code}.")]
    private static partial void LogNotSynced(ILogger logger, int code);

    [LoggerMessage(3206, LogLevel.Error, "The store does not remember that the audit log came to record {Sequence}.")]
    private static partial void LogNotMarked(ILogger logger, long sequence);
}
