using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;

namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>The processes that are not the one under test: upstream and client, started once and warm for everyone alike.</summary>
internal sealed class Bystanders : IDisposable
{
    private readonly BenchProcess _upstream;
    private readonly BenchProcess _client;
    private readonly CancellationToken _stop;

    private Bystanders(string directory, BenchProcess upstream, BenchProcess client, Listening listening, CancellationToken stop)
    {
        _stop = stop;
        Directory = directory;
        _upstream = upstream;
        _client = client;
        Upstream = listening;
    }

    public string Directory { get; }

    public Listening Upstream { get; }

    public IEnumerable<ProcessFacts> Facts => [ProcessFacts.Of("client", _client.Id), ProcessFacts.Of("upstream", _upstream.Id)];

    public static async Task<Bystanders> StartAsync(string directory, BenchHosts hosts, CancellationToken stop = default)
    {
        var upstream = BenchProcess.Start(["upstream", directory, .. hosts.All]);
        var client = BenchProcess.Start("client");
        return new Bystanders(directory, upstream, client, await upstream.ReceiveAsync<Listening>(stop), stop);
    }

    /// <summary>Has the client do <paramref name="job"/> with <paramref name="subject"/> in between.</summary>
    public async Task<ClientResult> DoAsync(Subject subject, ClientJob job)
    {
        await _client.SendAsync(Toward(subject, job));
        return await _client.ReceiveAsync<ClientResult>(_stop);
    }

    /// <summary><paramref name="job"/> with <paramref name="subject"/> in between, for a client of one's own.</summary>
    public ClientJob Toward(Subject subject, ClientJob job) =>
        job with { Proxy = subject.Proxy, ConnectPort = subject.Port, CaFiles = subject.CaFiles, Upstream = Upstream.EndPoint };

    /// <summary>Lets go of the streams that an idle job holds.</summary>
    public async Task<ClientResult> ReleaseAsync()
    {
        await _client.NudgeAsync();
        return await _client.ReceiveAsync<ClientResult>(_stop);
    }

    public ClientJob Job(JobKind kind, string host) => new()
    {
        Kind = kind,
        Host = host,
        Upstream = Upstream.EndPoint,
        CaFiles = [Upstream.CaFile],
    };

    public void Dispose()
    {
        _client.Dispose();
        _upstream.Dispose();
    }
}
