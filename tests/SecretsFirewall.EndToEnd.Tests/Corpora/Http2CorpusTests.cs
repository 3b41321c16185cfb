using System.Text;
using System.Text.Json;
using SecretsFirewall.EndToEnd.Tests.Drivers;

namespace SecretsFirewall.EndToEnd.Tests.Corpora;

/// <summary>Frames inside the tunnel, as <c>tests/corpora/http2.json</c> writes them, to an upstream that speaks HTTP/1.1: where splitting would pay.</summary>
public sealed class Http2CorpusTests(CorpusFixture firewall) : IClassFixture<CorpusFixture>
{
    /// <summary>What the server may say instead of an answer, where the case leaves open which.</summary>
    private const string Refused = "refused";

    [Fact]
    public async Task Http2Corpus_EveryCase_IsAnsweredAuditedAndForwardedAsItSays()
    {
        var checks = new WireChecks(firewall);
        foreach (var one in WireCorpus.Load("http2", firewall.Variables))
        {
            await checks.RunAsync(one, () => RunAsync(one, checks));
        }

        await checks.FinishAsync();
    }

    private async Task<IReadOnlyList<string>> RunAsync(WireCase one, WireChecks checks)
    {
        var host = one.Text("host") ?? firewall.Variables["host"];
        await using var client = await RawHttp2Client.ConnectAsync(firewall.Proxy, firewall.CaPem, host, firewall.AddAgent(one.Id));
        foreach (var frame in one.Find("frames")!.Value.EnumerateArray().SelectMany(frame => Frames(one, frame)))
        {
            await client.SendAsync(frame);
        }

        var expected = one.Texts("answers").Single();
        var said = await SaidAsync(client);
        if (!IsExpected(expected, said))
        {
            checks.Fail(one, $"the answer is {said} and not {expected}.");
        }

        if (one.Text("end") == "open")
        {
            await client.HeadersAsync(101, end: true, (":method", "GET"), (":scheme", "https"), (":authority", host), (":path", "/probe"));
            if (await SaidAsync(client) is var probe && !probe.StartsWith("101: 200", StringComparison.Ordinal))
            {
                checks.Fail(one, $"the connection does not go on: {probe}.");
            }

            return [Audited(expected), "200"];
        }

        return [Audited(expected)];
    }

    /// <summary>What the audit must say: a code, or any.</summary>
    private static string Audited(string expected) => expected.Split(' ') switch
    {
        [Refused] => "4xx",
        ["goaway", ..] or [_, "reset", ..] => "400 malformed_request",
        [_, .. var rest] => string.Join(' ', rest),
        _ => throw new InvalidDataException(expected),
    };

    private static bool IsExpected(string expected, string said)
    {
        if (expected == Refused)
        {
            return said.StartsWith("goaway", StringComparison.Ordinal) || said.Contains("reset", StringComparison.Ordinal) || said.Contains(": 4", StringComparison.Ordinal);
        }

        return expected.StartsWith("goaway", StringComparison.Ordinal)
            ? said == expected
            : expected.Split(' ').All(word => said.Contains(word, StringComparison.Ordinal));
    }

    /// <summary><c>goaway ERROR</c>, <c>1: reset ERROR</c>, or <c>1: STATUS BODY</c>.</summary>
    private static async Task<string> SaidAsync(RawHttp2Client client)
    {
        var frame = await client.NextAsync();
        if (ReferenceEquals(frame, RawHttp2Client.Closed))
        {
            return "closed";
        }

        switch (frame.Type)
        {
            case Http2FrameType.GoAway:
                return $"goaway {frame.Error}";
            case Http2FrameType.RstStream:
                return $"{frame.Stream}: reset {frame.Error}";
            default:
                var (status, body) = client.Answer(frame.Stream);
                return $"{frame.Stream}: {status} {body}";
        }
    }

    private static IEnumerable<Http2Frame> Frames(WireCase one, JsonElement frame)
    {
        var stream = frame.GetProperty("on").GetInt32();
        var end = Flag("end") ? Http2Frame.EndStream : (byte)0;
        if (frame.TryGetProperty("headers", out var headers))
        {
            yield return new Http2Frame(Http2FrameType.Headers, (byte)(end | (Flag("more") ? 0 : Http2Frame.EndHeaders)), stream, Block(one, headers));
        }
        else if (frame.TryGetProperty("data", out var data))
        {
            yield return new Http2Frame(Http2FrameType.Data, end, stream, Encoding.Latin1.GetBytes(one.Fill(data.GetString()!)));
        }
        else
        {
            var payload = frame.TryGetProperty("payload", out var hex) ? Convert.FromHexString(hex.GetString()!)
                : frame.TryGetProperty("hpack", out var hpack) ? Block(one, hpack)
                : new byte[frame.GetProperty("fill").GetInt32()];
            var flags = frame.TryGetProperty("flags", out var set) ? set.GetByte() : (byte)0;
            yield return new Http2Frame((Http2FrameType)frame.GetProperty("frame").GetInt32(), flags, stream, payload);
        }

        bool Flag(string name) => frame.TryGetProperty(name, out var value) && value.GetBoolean();
    }

    /// <summary>Each field is <c>name: value</c>; the colon that begins a pseudo-field's name ends none, and neither does one without a blank behind.</summary>
    private static byte[] Block(WireCase one, JsonElement fields) => PlainHpack.Encode(one.Texts(fields).Select(static field =>
    {
        var colon = field.IndexOf(": ", 1, StringComparison.Ordinal);
        return (field[..colon], field[(colon + 2)..]);
    }));
}
