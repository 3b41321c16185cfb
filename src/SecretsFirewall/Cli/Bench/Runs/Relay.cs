using SecretsFirewall.Cli.Bench.Processes;

namespace SecretsFirewall.Cli.Bench.Runs;

/// <summary>The floor, as a subject.</summary>
internal sealed record Relay(BenchProcess Process, Subject Subject) : IDisposable
{
    public static async Task<Relay> StartAsync(Bystanders bystanders, BenchHosts hosts)
    {
        var process = BenchProcess.Start(["relay", bystanders.Directory, bystanders.Upstream.EndPoint, bystanders.Upstream.CaFile, .. hosts.All]);
        var listening = await process.ReceiveAsync<Listening>();
        return new Relay(process, new Subject(Subject.Relay, listening.EndPoint, process.Id, [listening.CaFile]));
    }

    public void Dispose() => Process.Dispose();
}
