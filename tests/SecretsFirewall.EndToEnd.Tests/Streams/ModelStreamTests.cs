using System.Text;
using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;

namespace SecretsFirewall.EndToEnd.Tests.Streams;

/// <summary>What models stream otherwise than as server-sent events, or do not call by that name: a value in pieces is masked where it starts.</summary>
public sealed class ModelStreamTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string Ollama = """{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"{piece}"},"done":false}""";
    private const string Gemini = """{"candidates":[{"content":{"parts":[{"text":"{piece}"}],"role":"model"}}]}""";
    private const string Chat = """data: {"choices":[{"index":0,"delta":{"content":"{piece}"}}]}""";

    [Theory]
    [InlineData("application/x-ndjson", "", Ollama, "\n", "\n", null)]
    [InlineData("application/x-ndjson", "", Ollama, "\n", "\n", "gzip")]
    [InlineData("application/json", "", Ollama, "\n", "\n", null)]
    [InlineData("application/json; charset=UTF-8", "[", Gemini, ",\r\n", "\n]\n", null)]
    [InlineData("application/json", "[", Gemini, ",\n", "]", "br")]
    [InlineData("text/plain", "", Chat, "\n\n", "\n\ndata: [DONE]\n\n", null)]
    [InlineData("application/json", ": hello\n\n", Chat, "\n\n", "\n\n", null)]
    [InlineData(null, "\uFEFF", Chat, "\r\n\r\n", "\r\n\r\n", null)]
    public async Task Answer_ValueInPieces_ReferenceStandsWhereItStarts(string? type, string first, string one, string between, string last, string? coding)
    {
        var canary = Firewall.Register();
        var stream = Encoding.UTF8.GetBytes(Stream("the key is " + canary.Value[..9], canary.Value[9..20], canary.Value[20..] + ", keep it"));
        Upstream.Reset(async exchange =>
        {
            await exchange.ReadBodyAsync();
            if (type is not null)
            {
                exchange.Header("Content-Type", type);
            }

            if (coding is not null)
            {
                exchange.Header("Content-Encoding", coding);
            }

            foreach (var piece in (coding is null ? stream : Answer.Encode(coding, stream)).Chunk(50))
            {
                await exchange.SendAsync(piece);
            }
        });

        var response = await PromptAsync(coding is null ? [] : [$"Accept-Encoding: {coding}"]);

        var plain = coding is null ? response.Body : Answer.Decode(coding, response.Body);
        Assert.Equal(Stream("the key is " + canary.Reference, "", ", keep it"), Encoding.UTF8.GetString(plain));
        AssertNowhere([canary], response.Body, plain);

        string Stream(params string[] pieces) => first + string.Join(between, pieces.Select(piece => one.Replace("{piece}", piece, StringComparison.Ordinal))) + last;
    }

    [Theory]
    [InlineData("application/x-ndjson", "", Ollama, "\n")]
    [InlineData("application/json", "[", Gemini, ",\r\n")]
    [InlineData("text/plain", "", Chat, "\n\n")]
    public async Task Answer_EventWithNothingOpen_LeavesBeforeTheNextComes(string type, string first, string one, string between)
    {
        Firewall.Register();
        using var gate = new Gate();
        var begin = first + one.Replace("{piece}", "Hello.", StringComparison.Ordinal) + between;
        Upstream.Reset(Answer.Gated(type, gate, Encoding.ASCII.GetBytes(begin), Encoding.ASCII.GetBytes(one)));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        await client.SendAsync($"GET /v1/things HTTP/1.1\r\nHost: {Hosts.OpenAi}\r\n\r\n");

        var (status, _, headers) = await client.Reader.ReadHeadAsync();
        var text = "";
        await foreach (var part in client.Reader.ReadBodyAsync("GET", status, headers, [], () => Assert.Fail("The stream broke off.")))
        {
            text += Encoding.ASCII.GetString(part.Span);
            if (text == begin)
            {
                gate.Open();
            }
        }

        Assert.Equal(begin + one, text);
    }

    [Fact]
    public async Task Answer_EventsUnderABinaryType_BreakOffWhereAValueStands()
    {
        var canary = Firewall.Register();
        var stream = Chat.Replace("{piece}", canary.Value[..9], StringComparison.Ordinal) + "\n\n" + Chat.Replace("{piece}", canary.Value[9..] + ".", StringComparison.Ordinal) + "\n\n";
        Upstream.Reset(Answer.Parts("application/octet-stream", [.. Encoding.UTF8.GetBytes(stream).Chunk(50)]));
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var broke = false;
        byte[] seen = [];
        try
        {
            var response = await client.RequestAsync("GET", "/v1/things", Hosts.OpenAi);
            (broke, seen) = (!response.IsComplete || response.Status >= 400, response.Body);
        }
        catch (EndOfStreamException)
        {
            broke = true;
        }

        Assert.True(broke, "The answer looks whole.");
        Assert.DoesNotContain(canary.Value[9..], Encoding.UTF8.GetString(seen), StringComparison.Ordinal);
        AssertNowhere([canary], seen);
    }

    [Fact]
    public async Task BinaryEventStream_ValueInPieces_IsMaskedUnderRightChecksums()
    {
        var canary = Firewall.Register();
        byte[] stream = [.. AmazonFrames.Frame("messageStart", """{"role":"assistant"}"""), .. Delta("key: " + canary.Value[..9]), .. Delta(canary.Value[9..] + "."), .. AmazonFrames.Frame("contentBlockStop", """{"contentBlockIndex":0}""")];
        byte[] masked = [.. AmazonFrames.Frame("messageStart", """{"role":"assistant"}"""), .. Delta("key: " + canary.Reference), .. Delta("."), .. AmazonFrames.Frame("contentBlockStop", """{"contentBlockIndex":0}""")];
        Upstream.Reset(Answer.Parts("application/vnd.amazon.eventstream", [.. stream.Chunk(40)]));

        var response = await PromptAsync();

        Assert.Equal(masked, response.Body);
        AssertNowhere([canary], response.Body);
    }

    [Fact]
    public async Task BinaryEventStream_WrongChecksum_DoesNotReachTheClient()
    {
        var damaged = Delta("raw-and-unread");
        damaged[^6] ^= 1;
        Upstream.Reset(Answer.Parts("application/vnd.amazon.eventstream", damaged));
        Firewall.MarkAudit();
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);

        var seen = "";
        try
        {
            seen = (await client.RequestAsync("GET", "/v1/things", Hosts.OpenAi)).Text;
        }
        catch (EndOfStreamException)
        {
            // Cut before the head was out.
        }

        Assert.DoesNotContain("raw-and-un", seen, StringComparison.Ordinal);
        await Firewall.AuditAsync(record => record.Code == "upstream_uninspectable");
    }

    [ClientFact(Client.Boto3)]
    public async Task Boto3_ConverseStream_ReadsTheMaskedStream()
    {
        var canary = Firewall.Register();
        byte[] stream =
        [
            .. AmazonFrames.Frame("messageStart", """{"role":"assistant"}"""), .. Delta("key: " + canary.Value[..9]), .. Delta(canary.Value[9..30]), .. Delta(canary.Value[30..] + "."),
            .. AmazonFrames.Frame("contentBlockStop", """{"contentBlockIndex":0}"""), .. AmazonFrames.Frame("messageStop", """{"stopReason":"end_turn"}"""),
        ];
        Upstream.Reset(Answer.Parts("application/vnd.amazon.eventstream", [.. stream.Chunk(30)]));
        var environment = new Dictionary<string, string>(Firewall.ClientEnvironment)
        {
            ["AWS_ACCESS_KEY_ID"] = "AKIAAAAAAAAAAAAAAAAA",
            ["AWS_SECRET_ACCESS_KEY"] = "not-a-real-key",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_CA_BUNDLE"] = Firewall.ClientEnvironment["SSL_CERT_FILE"],
        };

        var (result, lines) = await JsonClient.RunAsync(Client.Boto3, "bedrock_client.py", environment, new() { ["endpoint"] = $"https://{Hosts.OpenAi}", ["prompt"] = "Hello." });

        Assert.Equal($"key: {canary.Reference}.", string.Concat(lines.Select(line => (string?)line["text"])));
        AssertNowhere([canary], result.Output, result.Errors);
    }

    private static byte[] Delta(string text) => AmazonFrames.Frame("contentBlockDelta", JsonSerializer.Serialize(new { contentBlockIndex = 0, delta = new { text }, p = "abcdef" }));

    private async Task<RawResponse> PromptAsync(params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.OpenAi);
        var response = await client.RequestAsync(
            "POST", Prompts.ChatPath, Hosts.OpenAi, Encoding.UTF8.GetBytes(Prompts.Chat("Hello.", stream: true)), ["Content-Type: application/json", .. headers]);
        Assert.Equal((200, true), (response.Status, response.IsComplete));
        return response;
    }
}
