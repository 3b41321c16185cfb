using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>One record appended to the chain and handed to the kernel; the floor is a write of so many bytes.</summary>
[MemoryDiagnoser]
public class AuditBenchmarks : IDisposable
{
    // About what an intent is as a line.
    private const int LineLength = 420;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-bench-audit-");
    private readonly byte[] _line = new byte[LineLength];
    private readonly AuditRecord _intent = new()
    {
        Type = AuditTypes.Intent,
        Exchange = "01jv4k2m8q9x7c5b3n1z",
        Agent = "builder-7",
        Session = "s-1",
        Direction = "request",
        Destination = new Destination("https", "api.example.com", 443),
        Method = "POST",
        Path = "/v1/messages",
        Outcome = "allow",
    };

    private FileStream? _plain;
    private AuditLog? _log;

    [GlobalSetup]
    public void Setup()
    {
        _plain = new FileStream(Path.Combine(_folder.FullName, "plain"), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _log = AuditLog.Open(new AuditOptions { Directory = Path.Combine(_folder.FullName, "audit") }, TimeProvider.System, NullLogger.Instance);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _plain?.Dispose();
        _log?.Dispose();
        if (_folder.Exists)
        {
            _folder.Delete(recursive: true);
        }

        GC.SuppressFinalize(this);
    }

    // In one place of the file: the floor must not fill the disk.
    [Benchmark(Baseline = true)]
    public void Write()
    {
        _plain!.Position = 0;
        _plain.Write(_line);
    }

    [Benchmark]
    public bool Append() => _log!.TryAppend(_intent) ? true : throw new InvalidOperationException($"The log refused: {_log.Trouble}.");
}
