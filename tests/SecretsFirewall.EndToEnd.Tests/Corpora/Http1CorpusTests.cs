using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Corpora;

/// <summary>Bytes inside the tunnel, or on the clear port, as <c>tests/corpora/http1.json</c> and <c>targets.json</c> write them.</summary>
public sealed class Http1CorpusTests(CorpusFixture firewall) : IClassFixture<CorpusFixture>
{
    [Fact]
    public Task Http1Corpus_EveryCase_IsAnsweredAuditedAndForwardedAsItSays() => RunAsync("http1");

    [Fact]
    public async Task TargetsCorpus_EveryCase_IsAnsweredAuditedAndForwardedAsItSays()
    {
        await RunAsync("targets");

        Assert.DoesNotContain(firewall.Asked, name => name.EndsWith("leak.example", StringComparison.Ordinal));
        new LeakCheck(firewall.Secret, firewall.Mixed).AssertCleanFolder(firewall.HomeFolder);
    }

    private async Task RunAsync(string file)
    {
        var checks = new WireChecks(firewall);
        foreach (var one in WireCorpus.Load(file, firewall.Variables))
        {
            await checks.RunAsync(one, () => RunAsync(one, checks));
        }

        await checks.FinishAsync();
    }

    private async Task<IReadOnlyList<string>> RunAsync(WireCase one, WireChecks checks)
    {
        var credentials = firewall.AddAgent(one.Id);
        var host = one.Text("host") ?? firewall.Variables["host"];
        var clear = one.Text("over") == "clear";
        await using var client = clear
            ? await RawClient.DialAsync(firewall.Proxy)
            : await RawClient.TunnelAsync(firewall.Proxy, firewall.CaPem, host, credentials, one.Text("certificate"));
        await SendAsync(client, one, one.Text("send")!, credentials);
        if (one.Text("later") is { } later)
        {
            await firewall.Http1Upstream.NextAsync(); // the head is out
            await SendAsync(client, one, later, credentials);
        }

        var answers = one.Texts("answers");
        for (var i = 0; i < answers.Count; i++)
        {
            var answer = await client.ReadResponseAsync();
            if (!WireChecks.IsExpected(answers[i], answer.Status, answer.Text))
            {
                checks.Fail(one, $"answer {i + 1} is {answer.Status} and not {answers[i]}: {answer.Text}");
            }
        }

        switch (one.Text("end") ?? "closed")
        {
            case "closed":
                if (!await client.IsClosedAsync())
                {
                    checks.Fail(one, "the connection goes on.");
                }

                return answers;
            case "open":
                // What follows is read as a request of its own: both sides are in step.
                if ((await client.RequestAsync("GET", "/probe", host)).Status != 200)
                {
                    checks.Fail(one, "the connection is out of step.");
                }

                return [.. answers, "200"];
            default:
                return answers;
        }
    }

    private static async Task SendAsync(RawClient client, WireCase one, string text, string credentials)
    {
        text = text.Replace("(authorization)", CorpusFixture.Authorization(credentials), StringComparison.Ordinal);
        try
        {
            await client.SendAsync(Encoding.Latin1.GetBytes(text));
            if (one.Flag("half-close"))
            {
                await client.EndSendingAsync();
            }
        }
        catch (IOException)
        {
            // Answered before all of it was sent.
        }
    }
}
