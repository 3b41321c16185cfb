using SecretsFirewall.Load.Client;
using SecretsFirewall.Load.Processes;

namespace SecretsFirewall.Load.Runs;

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
internal sealed class Scenarios(LoadOptions options, Bystanders bystanders)
{
    private const int RequestConnections = 8;

    private const int BodyConnections = 4;

    private const double RequestsPerUnit = 10_000;

    private const double BytesPerGb = 1e9;

    public const int PromptBytes = 1_000_000;

    private static readonly string[] Everyone = [Subject.Direct, Subject.Relay, Subject.Firewall, .. Subject.Peers];

    private static readonly string[] Proxies = [Subject.Relay, Subject.Firewall, .. Subject.Peers];

    public IReadOnlyList<Scenario> All() =>
    [
        new("get", Everyone, (s, _) => RequestsAsync(s, BenchNames.Tool, RequestKind.Get, 1024)),
        new("post", Everyone, (s, _) => RequestsAsync(s, BenchNames.Tool, RequestKind.Post, 16 * 1024)),
        new("llm", Everyone, (s, _) => PromptsAsync(s)),
        new("events", Everyone, (s, _) => EventsAsync(s)),
        new("first-event", Everyone, (s, _) => FirstEventAsync(s)),
        new("tunnels", Proxies, TunnelsAsync),
    ];

    /// <summary>Runs <paramref name="job"/> and adds what the process in the middle spent, if there is one.</summary>
    private async Task<(ClientResult Result, double Cpu)> SpendAsync(Subject subject, ClientJob job)
    {
        var before = subject.ProcessId is { } id ? ProcessCounters.TreeCpuSeconds(id) : 0;
        var result = await bystanders.DoAsync(subject, job with { Seed = options.Seed });
        var after = subject.ProcessId is { } same ? ProcessCounters.TreeCpuSeconds(same) : double.NaN;
        return (result, after - before);
    }

    private async Task<Measured> RequestsAsync(Subject subject, string host, RequestKind request, long size)
    {
        var job = bystanders.Job(JobKind.Requests, host) with
        {
            Request = request,
            Size = size,
            Connections = RequestConnections,
            Seconds = options.SliceSeconds,
        };
        var (result, cpu) = await SpendAsync(subject, job);
        return Report(result, ("rate", result.Requests / result.Seconds), ("cpu", cpu / result.Requests * RequestsPerUnit));
    }

    private async Task<Measured> PromptsAsync(Subject subject)
    {
        var job = bystanders.Job(JobKind.Requests, BenchNames.Model) with
        {
            Request = RequestKind.Prompt,
            Size = PromptBytes,
            Connections = BodyConnections,
            Seconds = options.SliceSeconds,
        };
        var (result, cpu) = await SpendAsync(subject, job);
        return Report(result, ("rate", result.Requests / result.Seconds), ("cpu_per_gb", cpu / result.Bytes * BytesPerGb));
    }

    private async Task<Measured> EventsAsync(Subject subject)
    {
        var job = bystanders.Job(JobKind.Events, BenchNames.Model) with
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
            ("p50_ms", Statistics.Median(result.Samples)),
            ("p99_ms", Statistics.Quantile(result.Samples, 0.99)));
    }

    private async Task<Measured> FirstEventAsync(Subject subject)
    {
        var job = bystanders.Job(JobKind.FirstEvent, BenchNames.Model) with
        {
            Request = RequestKind.StreamedPrompt,
            Size = PromptBytes,
            Count = 25,
            Seconds = options.SliceSeconds,
        };
        var (result, _) = await SpendAsync(subject, job);
        return Report(result, ("p50_ms", Statistics.Median(result.Samples)));
    }

    private async Task<Measured> TunnelsAsync(Subject subject, int round)
    {
        var job = bystanders.Job(JobKind.Tunnels, BenchNames.Domain) with
        {
            Size = 64,
            Connections = BodyConnections,
            Count = options.NewNamesPerRound,
            FirstName = round * options.NewNamesPerRound,
            Seconds = options.SliceSeconds * 4,
        };
        var (result, cpu) = await SpendAsync(subject, job);
        return Report(result, ("rate", result.Requests / result.Seconds), ("cpu", cpu / result.Requests * RequestsPerUnit));
    }

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
