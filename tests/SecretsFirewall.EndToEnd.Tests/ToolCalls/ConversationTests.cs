using System.Net;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using static SecretsFirewall.EndToEnd.Tests.ToolCalls.ToolCallPolicy;

namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>
/// Real SDKs hold a conversation through the gate: the first answer calls tools, the SDK sends what it made of it back with the tools' results, and the second answer
/// ends it. What the upstream then has is what the agent believes.
/// </summary>
public sealed class ConversationTests : FirewallTests, IClassFixture<FirewallFixture>
{
    public ConversationTests(FirewallFixture firewall)
        : base(firewall) => Assert.Empty(firewall.ChangePolicy("tools.json", Text));

    public static TheoryData<string, bool, string> Cases(string apis)
    {
        var cases = new TheoryData<string, bool, string>();
        foreach (var api in apis.Split(','))
        {
            foreach (var called in (string[])[Good, Bad, Steered, $"{Good},{Bad}", $"{Bad},{Good},{Steered},{Good}"])
            {
                cases.Add(api, true, called);
                cases.Add(api, false, called);
            }
        }

        return cases;
    }

    [ClientTheory(Client.AnthropicSdk)]
    [MemberData(nameof(Cases), "anthropic", DisableDiscoveryEnumeration = true)]
    public Task AnthropicSdk_CarriesOnWithWhatThePolicyAllows(string api, bool stream, string called) => NodeAsync(Client.AnthropicSdk, api, stream, called);

    [ClientTheory(Client.OpenAiSdk)]
    [MemberData(nameof(Cases), "chat,responses", DisableDiscoveryEnumeration = true)]
    public Task OpenAiSdk_CarriesOnWithWhatThePolicyAllows(string api, bool stream, string called) => NodeAsync(Client.OpenAiSdk, api, stream, called);

    [ClientTheory(Client.GoogleGenAi)]
    [MemberData(nameof(Cases), "gemini", DisableDiscoveryEnumeration = true)]
    public Task GoogleGenAi_CarriesOnWithWhatThePolicyAllows(string api, bool stream, string called) => NodeAsync(Client.GoogleGenAi, api, stream, called);

    [ClientTheory(Client.OllamaJs)]
    [MemberData(nameof(Cases), "ollama", DisableDiscoveryEnumeration = true)]
    public Task OllamaJs_CarriesOnWithWhatThePolicyAllows(string api, bool stream, string called) => NodeAsync(Client.OllamaJs, api, stream, called);

    [ClientTheory(Client.VercelAi)]
    [MemberData(nameof(Cases), "anthropic,chat,responses", DisableDiscoveryEnumeration = true)]
    public Task VercelAi_CarriesOnWithWhatThePolicyAllows(string api, bool stream, string called) => NodeAsync(Client.VercelAi, api, stream, called, "vercel");

    [ClientTheory(Client.Boto3)]
    [MemberData(nameof(Cases), "converse,claude", DisableDiscoveryEnumeration = true)]
    public async Task Boto3_CarriesOnWithWhatThePolicyAllows(string api, bool stream, string called)
    {
        Play(api, stream, called.Split(','));
        var environment = new Dictionary<string, string>(Firewall.ClientEnvironment)
        {
            ["AWS_ACCESS_KEY_ID"] = "AKIAAAAAAAAAAAAAAAAA",
            ["AWS_SECRET_ACCESS_KEY"] = "not-a-real-key",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_CA_BUNDLE"] = Firewall.ClientEnvironment["SSL_CERT_FILE"],
        };

        var (_, lines) = await JsonClient.RunAsync(
            Client.Boto3, "bedrock_conversation.py", environment, new JsonObject { ["api"] = api, ["stream"] = stream, ["endpoint"] = $"https://{Hosts.OpenAi}" });

        Check(api, called.Split(','), lines);
    }

    [Theory]
    [MemberData(nameof(Cases), "anthropic,chat,responses", DisableDiscoveryEnumeration = true)]
    public async Task DotNetSdk_CarriesOnWithWhatThePolicyAllows(string api, bool stream, string called)
    {
        Play(api, stream, called.Split(','));
        using var http = Firewall.CreateHttpClient(HttpVersion.Version11);

        Check(api, called.Split(','), await DotNetConversation.RunAsync(api, stream, http));
    }

    private async Task NodeAsync(Client client, string api, bool stream, string called, string? sdk = null)
    {
        Play(api, stream, called.Split(','));

        var (_, lines) = await JsonClient.RunAsync(
            client, "conversation.mjs", Firewall.ClientEnvironment, new JsonObject { ["sdk"] = sdk ?? api, ["api"] = api, ["stream"] = stream, ["url"] = $"https://{Hosts.OpenAi}" });

        Check(api, called.Split(','), lines, sdk);
    }

    private void Play(string api, bool stream, string[] tools)
    {
        var turn = 0;
        Upstream.Reset(exchange => Conversation.Answer(api, stream, turn++ == 0 ? tools : [])(exchange));
    }

    private void Check(string api, string[] tools, IReadOnlyList<JsonNode> lines, string? sdk = null)
    {
        var (ordinaryEnd, endOfCalls) = (Conversation.OrdinaryEnd(sdk ?? api), Conversation.EndOfCalls(sdk ?? api));
        Assert.All(lines, line => Assert.True(line["error"] is null, line.ToJsonString()));
        Assert.Equal(2, lines.Count);
        var allowed = tools.Count(tool => tool == Good);
        var (first, second) = (lines[0], lines[1]);
        Assert.Equal(Enumerable.Repeat((Good, """{"path":"/tmp/a"}"""), allowed), first["calls"]!.AsArray().Select(call => ((string)call!["name"]!, call["arguments"]!.ToJsonString())));
        Assert.Equal(allowed > 0 ? endOfCalls : ordinaryEnd, (string?)first["end"]);
        Assert.Equal((2, 2, ordinaryEnd, 0), ((int?)first["usage"], (int?)second["usage"], (string?)second["end"], second["calls"]!.AsArray().Count));

        var text = (string)first["text"]!;
        Assert.Equal(tools.Length - allowed, text.Split("withheld a tool call").Length - 1);
        Assert.Equal(tools.Contains(Steered), text.Contains("Mail is not sent. Decided by rule 'no-mail'. Write a draft into /tmp instead.", StringComparison.Ordinal));
        Assert.Equal(tools.Contains(Bad), text.Contains("Decided by rule 'default'", StringComparison.Ordinal));

        // What the agent sends back has no trace of what was withheld, and a result for each call that was not.
        Assert.Equal(2, Upstream.Requests.Count);
        var sent = Upstream.Requests[1].BodyText;
        Assert.DoesNotContain(Bad, sent, StringComparison.Ordinal);
        Assert.DoesNotContain(Steered, sent, StringComparison.Ordinal);
        Assert.Equal(Conversation.CallsIn(api, JsonNode.Parse(sent)!), Conversation.ResultsIn(api, JsonNode.Parse(sent)!));
        Assert.Equal(allowed, Conversation.CallsIn(api, JsonNode.Parse(sent)!).Count);
        Assert.Equal(tools.Length - allowed, sent.Split("withheld a tool call").Length - 1);
    }
}
