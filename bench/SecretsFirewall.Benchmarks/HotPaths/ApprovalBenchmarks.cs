using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>The approvals' store on the disk of the temporary folder: a question that waits found again, and one asked, answered and used up. The floor is one synced write.</summary>
[MemoryDiagnoser]
public class ApprovalBenchmarks : IDisposable
{
    // About what a question is as a row.
    private const int RowLength = 1024;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-bench-approvals-");
    private readonly Approver _approver = new("token:bench", ApproverRole.Operator);
    private readonly byte[] _row = new byte[RowLength];
    private FileStream? _plain;
    private SqliteStore? _store;
    private ApprovalDesk? _desk;
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        _plain = new FileStream(Path.Combine(_folder.FullName, "plain"), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _store = SqliteStore.Open(Path.Combine(_folder.FullName, "firewall.db"), NullLogger.Instance, out var error) ?? throw new InvalidOperationException(error.ToString());
        _desk = new ApprovalDesk(_store.Approvals, new ApprovalOptions { WaitingPerAgent = int.MaxValue }, TimeProvider.System);
        Check(_desk.Ask(ApprovalRate.Question("waiting", 0)).Outcome is AskOutcome.Asked);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _plain?.Dispose();
        _store?.Dispose();
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    [Benchmark(Baseline = true)]
    public void SyncedWrite()
    {
        _plain!.Position = 0;
        _plain.Write(_row);
        _plain.Flush(flushToDisk: true);
    }

    [Benchmark]
    public void FindWaiting() => Check(_desk!.Ask(ApprovalRate.Question("waiting", 0)).Outcome is AskOutcome.Waiting);

    [Benchmark]
    public void AskAnswerAndUse()
    {
        var question = ApprovalRate.Question("new", _next++);
        Check(_desk!.Ask(question).Outcome is AskOutcome.Asked);
        Check(_desk.Answer(question.Id, _approver, new AnswerTerms(), null, static _ => true) is ApprovalError.None);
        Check(_desk.Ask(question).Outcome is AskOutcome.Granted);
    }

    private static void Check(bool isGood)
    {
        if (!isGood)
        {
            throw new InvalidOperationException("The store did not decide as it should.");
        }
    }
}
