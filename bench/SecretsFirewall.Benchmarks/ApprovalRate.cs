using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Benchmarks;

/// <summary>
/// How many decisions a second the store keeps, each on the disk before the caller goes on (WAL, synchronous = FULL): asked, answered and used up by many threads,
/// every call timed. A decision is one call of the store that writes.
/// </summary>
internal static class ApprovalRate
{
    private const int Threads = 16;

    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(10);

    /// <param name="folder">On the disk that is to be measured.</param>
    public static void Run(TextWriter output, string folder)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, $"sfw-approvals-{Guid.NewGuid():N}"));
        try
        {
            using var store = SqliteStore.Open(Path.Combine(home.FullName, "firewall.db"), NullLogger.Instance, out var error) ?? throw new InvalidOperationException(error.ToString());
            var desk = new ApprovalDesk(store.Approvals, new ApprovalOptions { WaitingPerAgent = int.MaxValue }, TimeProvider.System);
            var times = new List<long>[Threads];
            Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread => times[thread] = []);
            var end = Stopwatch.GetTimestamp() + (long)(Lasts.TotalSeconds * Stopwatch.Frequency);
            var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() => Work(desk, thread, end, times[thread]))).ToList();
            var began = Stopwatch.GetTimestamp();
            threads.ForEach(static thread => thread.Start());
            threads.ForEach(static thread => thread.Join());
            var elapsed = Stopwatch.GetElapsedTime(began);
            Report(output, [.. times.SelectMany(static one => one).Order()], elapsed);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static void Work(ApprovalDesk desk, int thread, long end, List<long> times)
    {
        var approver = new Approver("token:bench", ApproverRole.Operator);
        for (var i = 0; Stopwatch.GetTimestamp() < end; i++)
        {
            var question = Question(thread, i);
            Time(times, () => desk.Ask(question).Outcome is AskOutcome.Asked);
            Time(times, () => desk.Answer(question.Id, approver, new AnswerTerms(), null, static _ => true) is ApprovalError.None);
            Time(times, () => desk.Ask(question).Outcome is AskOutcome.Granted);
        }
    }

    private static void Time(List<long> times, Func<bool> call)
    {
        var began = Stopwatch.GetTimestamp();
        if (!call())
        {
            throw new InvalidOperationException("A decision was not what it should be.");
        }

        times.Add(Stopwatch.GetTimestamp() - began);
    }

    private static void Report(TextWriter output, long[] times, TimeSpan elapsed)
    {
        double At(double part) => times[(int)((times.Length - 1) * part)] * 1000.0 / Stopwatch.Frequency;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{times.Length} decisions by {Threads} threads in {elapsed.TotalSeconds:F1} s: {times.Length / elapsed.TotalSeconds:F0}/s; ms p50 {At(0.5):F2}, p99 {At(0.99):F2}, most {At(1):F2}"));
    }

    /// <summary>A question of an agent, with an action of its own.</summary>
    public static ApprovalRequest Question(int thread, int i)
    {
        var now = DateTimeOffset.UtcNow;
        return new ApprovalRequest
        {
            Id = ApprovalDesk.NewId(now),
            Fingerprint = $"{thread}-{i}",
            Scope = "scope",
            Agent = $"agent-{thread}",
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
