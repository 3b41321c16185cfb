using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;

namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>One thing to measure, of each of its subjects in every round.</summary>
/// <param name="Measure">Null values mean that it could not be measured; the text says why.</param>
internal sealed record Scenario(
    string Id,
    IReadOnlyList<string> Subjects,
    Func<Subject, int, Task<Measured>> Measure);

internal sealed record Measured(IReadOnlyDictionary<string, double> Metrics, string? Failure)
{
    public static Measured Failed(string why) => new(new Dictionary<string, double>(), why);
}

/// <summary>The scenarios that are interleaved, round by round.</summary>
/// <param name="peers">Proxies of others that are measured too.</param>
internal sealed class Scenarios(BenchOptions options, Bystanders bystanders, IReadOnlyList<string> peers)
{
    private const int RequestConnections = 8;

    private const int BodyConnections = 4;

    private const double RequestsPerUnit = 10_000;

    private const double BytesPerGb = 1e9;

    public const int PromptBytes = 1_000_000;

    public IReadOnlyList<Scenario> All()
    {
        string[] proxies = [Subject.Relay, Subject.Firewall, .. peers];
        string[] everyone = options.Direct ? [Subject.Direct, .. proxies] : proxies;
        return
        [
            new("get", everyone, (s, _) => RequestsAsync(s, "get", RequestKind.Get, 1024)),
            new("post", everyone, (s, _) => RequestsAsync(s, "post", RequestKind.Post, 16 * 1024)),
            new("llm", everyone, (s, _) => PromptsAsync(s)),
            new("events", everyone, (s, _) => EventsAsync(s)),
            new("first-event", everyone, (s, _) => FirstEventAsync(s)),
            new("tunnels", proxies, TunnelsAsync),
        ];
    }

    /// <summary>Runs <paramref name="job"/> and adds what the process in the middle spent, if there is one.</summary>
    private async Task<(ClientResult Result, double Cpu)> SpendAsync(Subject subject, ClientJob job)
    {
        var before = subject.ProcessId is { } id ? ProcessCounters.TreeCpuSeconds(id) : 0;
        var result = await bystanders.DoAsync(subject, job with { Seed = options.Seed });
        var after = subject.ProcessId is { } same ? ProcessCounters.TreeCpuSeconds(same) : double.NaN;
        return (result, after - before);
    }

    private async Task<Measured> RequestsAsync(Subject subject, string scenario, RequestKind request, long size)
    {
        var job = bystanders.Job(JobKind.Requests, options.Hosts.Tool) with
        {
            Request = request,
            Size = size,
            Connections = RequestConnections,
            Count = options.RequestsOf(scenario, RequestConnections),
            Seconds = options.SliceSeconds,
        };
        var (result, cpu) = await SpendAsync(subject, job);
        return Report(result, [("rate", result.Requests / result.Seconds), ("cpu", cpu / result.Requests * RequestsPerUnit), .. Latencies(result)]);
    }

    private async Task<Measured> PromptsAsync(Subject subject)
    {
        var job = bystanders.Job(JobKind.Requests, options.Hosts.Model) with
        {
            Request = RequestKind.Prompt,
            Size = PromptBytes,
            Connections = BodyConnections,
            Count = options.RequestsOf("llm", BodyConnections),
            Seconds = options.SliceSeconds,
        };
        var (result, cpu) = await SpendAsync(subject, job);
        return Report(result, [("rate", result.Requests / result.Seconds), ("cpu_per_gb", cpu / result.Bytes * BytesPerGb), .. Latencies(result)]);
    }

    private async Task<Measured> EventsAsync(Subject subject)
    {
        var job = bystanders.Job(JobKind.Events, options.Hosts.Model) with
        {
            Request = RequestKind.StreamedPrompt,
            Size = 512,
            Connections = BodyConnections,
            Count = (int)(options.SliceSeconds * 100),
            Seconds = options.SliceSeconds,
        };
        var (result, _) = await SpendAsync(subject, job);
        return Report(
            result,
            [("p50_ms", Statistics.Median(result.Samples)), ("p90_ms", Statistics.Quantile(result.Samples, 0.9)), ("p99_ms", Statistics.Quantile(result.Samples, 0.99))]);
    }

    private async Task<Measured> FirstEventAsync(Subject subject)
    {
        var job = bystanders.Job(JobKind.FirstEvent, options.Hosts.Model) with
        {
            Request = RequestKind.StreamedPrompt,
            Size = PromptBytes,
            Count = 25,
            Seconds = options.SliceSeconds,
        };
        var (result, _) = await SpendAsync(subject, job);
        return Report(result, [("p50_ms", Statistics.Median(result.Samples))]);
    }

    private async Task<Measured> TunnelsAsync(Subject subject, int round)
    {
        var job = bystanders.Job(JobKind.Tunnels, BenchHosts.Domain) with
        {
            Size = 64,
            Connections = BodyConnections,
            Count = options.NewNamesPerRound,
            FirstName = round * options.NewNamesPerRound,
            Seconds = options.SliceSeconds * 4,
        };
        var (result, cpu) = await SpendAsync(subject, job);
        return Report(result, [("rate", result.Requests / result.Seconds), ("cpu", cpu / result.Requests * RequestsPerUnit), .. Latencies(result)]);
    }

    private static (string Metric, double Value)[] Latencies(ClientResult result) =>
        result.Samples is [var p50, var p90, var p99] ? [("p50_ms", p50), ("p90_ms", p90), ("p99_ms", p99)] : [];

    private static Measured Report(ClientResult result, params ReadOnlySpan<(string Metric, double Value)> metrics)
    {
        if (result.Error is { } error)
        {
            return Measured.Failed(error);
        }

        var values = new Dictionary<string, double>();
        foreach (var (metric, value) in metrics)
        {
            if (double.IsFinite(value))
            {
                values[metric] = value;
            }
        }

        return new Measured(values, null);
    }
}
