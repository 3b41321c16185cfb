using SecretsFirewall.Load.Client;
using SecretsFirewall.Load.Processes;

namespace SecretsFirewall.Load.Runs;

/// <summary>The processes that are not the one under test: upstream and client, started once and warm for everyone alike.</summary>
internal sealed class Bystanders : IDisposable
{
    private readonly ChildProcess _upstream;
    private readonly ChildProcess _client;

    private Bystanders(string directory, ChildProcess upstream, ChildProcess client, Listening listening)
    {
        Directory = directory;
        _upstream = upstream;
        _client = client;
        Upstream = listening;
    }

    public string Directory { get; }

    public Listening Upstream { get; }

    public static async Task<Bystanders> StartAsync(string directory)
    {
        var upstream = ChildProcess.Start("upstream", directory);
        var client = ChildProcess.Start("client");
        return new Bystanders(directory, upstream, client, await upstream.ReceiveAsync<Listening>());
    }

    /// <summary>Has the client do <paramref name="job"/> with <paramref name="subject"/> in between.</summary>
    public async Task<ClientResult> DoAsync(Subject subject, ClientJob job)
    {
        await _client.SendAsync(job with { Proxy = subject.Proxy, ConnectPort = subject.Port, CaFiles = subject.CaFiles, Upstream = Upstream.EndPoint });
        return await _client.ReceiveAsync<ClientResult>();
    }

    /// <summary>Lets go of the streams that an idle job holds.</summary>
    public async Task<ClientResult> ReleaseAsync()
    {
        await _client.NudgeAsync();
        return await _client.ReceiveAsync<ClientResult>();
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
