using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Benchmarks;

/// <summary>
/// How many decisions a second the store keeps, each on the disk before the caller goes on (WAL, synchronous = FULL): asked, answered and used up by many callers at
/// once, every call timed, at their own pace and at a thousand a second. A decision is one call of the store that writes.
/// </summary>
internal static class ApprovalRate
{
    private const int Callers = 64;

    private const int WantedPerSecond = 1_000;

    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(10);

    /// <param name="folder">On the disk that is to be measured.</param>
    public static async Task RunAsync(TextWriter output, string folder)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, $"sfw-approvals-{Guid.NewGuid():N}"));
        try
        {
            Report(output, "floor: 4 KB written and synced, one caller", Floor(Path.Combine(home.FullName, "floor")), TimeSpan.Zero);
            using var store = SqliteStore.Open(Path.Combine(home.FullName, "firewall.db"), NullLogger.Instance, out var error) ?? throw new InvalidOperationException(error.ToString());
            var desk = new ApprovalDesk(store.Approvals, new ApprovalOptions { WaitingPerAgent = int.MaxValue }, TimeProvider.System);
            ThreadPool.SetMinThreads(Callers, Callers); // an answer is given by a person's call, which waits
            foreach (var perSecond in new[] { int.MaxValue, WantedPerSecond })
            {
                var pace = new Pace(perSecond);
                var times = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => WorkAsync(desk, $"{perSecond}-{caller}", pace))));
                Report(output, perSecond == int.MaxValue ? "as fast as they can" : $"{perSecond} a second", [.. times.SelectMany(static one => one)], pace.Elapsed);
            }
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static List<long> Floor(string path)
    {
        var times = new List<long>();
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var i = 0; i < 200; i++)
        {
            var began = Stopwatch.GetTimestamp();
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
            times.Add(Stopwatch.GetTimestamp() - began);
        }

        return times;
    }

    private static async Task<List<long>> WorkAsync(ApprovalDesk desk, string caller, Pace pace)
    {
        var times = new List<long>();
        var approver = new Approver("token:bench", ApproverRole.Operator);
        for (var i = 0; ; i++)
        {
            var question = Question(caller, i);
            if (!await TimeAsync(times, pace, async () => (await desk.AskAsync(question)).Outcome is AskOutcome.Asked)
                || !await TimeAsync(times, pace, () => Task.Run(() => desk.Answer(question.Id, approver, new AnswerTerms(), null, static _ => true) is ApprovalError.None))
                || !await TimeAsync(times, pace, async () => (await desk.AskAsync(question)).Outcome is AskOutcome.Granted))
            {
                return times;
            }
        }
    }

    /// <summary>From when it was due, not from when somebody was free for it. False once the time is over.</summary>
    private static async Task<bool> TimeAsync(List<long> times, Pace pace, Func<Task<bool>> call)
    {
        if (await pace.NextAsync() is not { } due)
        {
            return false;
        }

        if (!await call())
        {
            throw new InvalidOperationException("A decision was not what it should be.");
        }

        times.Add(Stopwatch.GetTimestamp() - due);
        return true;
    }

    private static void Report(TextWriter output, string what, List<long> times, TimeSpan elapsed)
    {
        times.Sort();
        double At(double part) => times[(int)((times.Count - 1) * part)] * 1000.0 / Stopwatch.Frequency;
        var rate = elapsed > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"{times.Count} decisions by {Callers} callers, {times.Count / elapsed.TotalSeconds:F0}/s; ") : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {rate}ms p50 {At(0.5):F2}, p99 {At(0.99):F2}, most {At(1):F2}"));
    }

    /// <summary>When the next decision is due.</summary>
    private sealed class Pace(int perSecond)
    {
        private readonly long _began = Stopwatch.GetTimestamp();
        private long _taken;

        public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

        public async Task<long?> NextAsync()
        {
            if (Elapsed >= Lasts)
            {
                return null;
            }

            if (perSecond == int.MaxValue)
            {
                return Stopwatch.GetTimestamp();
            }

            var due = _began + (Interlocked.Increment(ref _taken) * Stopwatch.Frequency / perSecond);
            while (due - Stopwatch.GetTimestamp() is var left and > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds(Math.Max(0.001, (double)left / Stopwatch.Frequency)));
            }

            return due;
        }
    }

    /// <summary>A question of an agent, with an action of its own.</summary>
    public static ApprovalRequest Question(string caller, int i)
    {
        var now = DateTimeOffset.UtcNow;
        return new ApprovalRequest
        {
            Id = ApprovalDesk.NewId(now),
            Fingerprint = $"{caller}-{i}",
            Scope = "scope",
            Agent = $"agent-{caller}",
            Session = "session",
            Rule = "ask",
            RequiredRole = ApproverRole.Operator,
            CreatedAt = now,
            ExpiresAt = now.AddHours(1),
            Subject = new ApprovalSubject
            {
                Kind = ApprovalSubject.Request,
                Method = "POST",
                Destination = "https://api.example",
                Target = "/issues",
                Content = new string('x', 512),
                Reason = "Somebody looks at it.",
                BundleName = "default",
                BundleHash = "sha256:00",
                Exchange = "ex",
            },
        };
    }
}
