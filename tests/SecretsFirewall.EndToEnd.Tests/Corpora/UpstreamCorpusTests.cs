using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Corpora;

/// <summary>Answers as <c>tests/corpora/upstreams.json</c> writes them: the client gets one whole reading, or learns that there is none.</summary>
public sealed class UpstreamCorpusTests(UpstreamCorpusTests.Fixture firewall) : IClassFixture<UpstreamCorpusTests.Fixture>
{
    /// <summary>Cut off, or 502 where nothing of the answer was out yet: which of the two is a matter of packets.</summary>
    private const string Broken = "broken";

    [Fact]
    public async Task UpstreamsCorpus_EveryCase_ReachesTheClientAsItSays()
    {
        var variables = new Dictionary<string, string> { ["admin"] = $"{firewall.Admin.Port}", ["pseudonym"] = firewall.Pseudonym };
        var failures = new List<string>();
        foreach (var one in WireCorpus.Load("upstreams", variables))
        {
            try
            {
                failures.AddRange((await RunAsync(one)).Select(why => $"{one.Id}: {why}"));
            }
            catch (Exception e) when (e is TimeoutException or InvalidDataException or EndOfStreamException)
            {
                failures.Add($"{one.Id}: {e.GetType().Name} {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of the cases fail:\n{string.Join('\n', failures)}");
    }

    private async Task<IReadOnlyList<string>> RunAsync(WireCase one)
    {
        firewall.Say(Encoding.Latin1.GetBytes(one.Text("answer")!), one.Flag("stay"));
        var failures = new List<string>();
        await using var client = await firewall.TunnelAsync(Fixture.Host);
        var (said, fields) = await SaidAsync(client);
        var expected = one.Text("expect")!;
        if (expected == Broken ? !said.StartsWith("cut", StringComparison.Ordinal) && !said.StartsWith("502", StringComparison.Ordinal)
            : !expected.Split(' ').All(word => said.Contains(word, StringComparison.Ordinal)))
        {
            failures.Add($"the client got {said} and not {expected}.");
        }

        failures.AddRange(one.Texts("has").Where(text => !fields.Contains(text, StringComparison.Ordinal)).Select(text => $"the client did not get {text}."));
        failures.AddRange(one.Texts("not").Where(text => fields.Contains(text, StringComparison.OrdinalIgnoreCase)).Select(text => $"the client got {text}."));
        if (said.StartsWith("cut", StringComparison.Ordinal))
        {
            return failures; // and the connection with it
        }

        firewall.Say("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nnext"u8.ToArray(), stay: false);
        var next = await client.RequestAsync("GET", "/next", Fixture.Host);
        if ((next.Status, next.Text) != (200, "next"))
        {
            failures.Add($"the next request was answered {next.Status} {next.Text}.");
        }

        return failures;
    }

    private static async Task<(string Said, string Fields)> SaidAsync(RawClient client)
    {
        try
        {
            var response = await client.RequestAsync("GET", "/thing", Fixture.Host);
            var fields = string.Concat(response.Headers.Select(header => $"{header.Key}: {header.Value}\r\n"));
            return ($"{(response.IsComplete ? "" : "cut ")}{response.Status} {response.Text}", $"{response.Reason}\r\n{fields}");
        }
        catch (EndOfStreamException)
        {
            return ("cut", "");
        }
    }

    /// <summary>One raw upstream that gives each request the answer of the moment, and closes behind it unless told to stay.</summary>
    public sealed class Fixture : FirewallFixture
    {
        internal const string Host = "bending.example.net";

        private RawUpstream _peer = null!;
        private byte[] _answer = [];
        private bool _stay;

        internal void Say(byte[] answer, bool stay) => (_answer, _stay) = (answer, stay);

        public override async Task DisposeAsync()
        {
            await base.DisposeAsync();
            await _peer.DisposeAsync();
        }

        private protected override IReadOnlyDictionary<string, string> UpstreamHosts()
        {
            _peer = new RawUpstream(Authority.Leaf(Host), async stream =>
            {
                do
                {
                    if ((await _peer.ReadHeadAsync(stream)).Length == 0)
                    {
                        return;
                    }

                    await stream.WriteAsync(_answer);
                }
                while (_stay);
            });
            return new Dictionary<string, string> { [$"{Host}:443"] = $"127.0.0.1:{_peer.Port}" };
        }
    }
}
