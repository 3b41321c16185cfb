using System.Text;
using SecretsFirewall.Protocols;
using SecretsFirewall.Protocols.Mcp;
using SecretsFirewall.Tests.Fuzzing;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Protocols.Mcp;

public sealed class McpReaderTests
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":1}}}""";

    private static McpBody? Read(string json, out McpFault fault) => McpReader.Read(Encoding.UTF8.GetBytes(json), out fault);

    private static McpHeaders Fields(string? method = null, string? name = null, string? version = null) =>
        new(method is null ? [] : [method], name is null ? [] : [name], version is null ? [] : [version]);

    [Theory]
    [InlineData(Call, "tools/call", "t", "{\"a\":1}")]
    [InlineData("""{"jsonrpc":"2.0","id":"x","method":"tools\/call","params":{"name":"\u0074","arguments":{"a" : "\u0072m"}}}""", "tools/call", "t", "{\"a\":\"rm\"}")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}""", "tools/call", "t", "{}")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":null}}""", "tools/call", "t", "{}")]
    [InlineData("""{"jsonrpc":"2.0","method":"tools/call","params":{"name":"t"}}""", "tools/call", "t", "{}")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p","arguments":{"k":"v"}}}""", "prompts/get", "p", "{\"k\":\"v\"}")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:a"}}""", "resources/read", "file:a", null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", "tools/list", null, null)]
    [InlineData("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", "notifications/initialized", null, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{}}""", null, null, null)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}""", null, null, null)]
    public void Read_Message_SaysWhatItIsAbout(string json, string? method, string? names, string? arguments)
    {
        var body = Read(json, out _)!;

        Assert.False(body.IsBatch);
        Assert.Equal(new McpMessage(method, names, arguments, null), Assert.Single(body.Messages));
    }

    [Theory]
    [InlineData("", McpFault.NotStrictJson)]
    [InlineData("\uFEFF" + Call, McpFault.NotStrictJson)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping","params":{"name":"t"}}""", McpFault.NotStrictJson)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","name":"u"}}""", McpFault.NotStrictJson)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":1,"\u0061":2}}}""", McpFault.NotStrictJson)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\ud800"}}""", McpFault.NotStrictJson)]
    [InlineData(Call + "{}", McpFault.NotStrictJson)]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"t"}}""", McpFault.UnknownShape)]
    [InlineData("""{"id":1,"method":"tools/call","params":{"name":"t"}}""", McpFault.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1}""", McpFault.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","result":{}}""", McpFault.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{},"error":{}}""", McpFault.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":1}""", McpFault.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}""", McpFault.UnknownShape)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","Name":"u"}}""", McpFault.UnknownShape)]
    [InlineData("\"tools/call\"", McpFault.UnknownShape)]
    [InlineData("[1]", McpFault.UnknownShape)]
    [InlineData("[]", McpFault.Batch)]
    [InlineData("[[" + Call + "]]", McpFault.Batch)]
    [InlineData("[" + Call + "," + Call + "]", McpFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"t"}}""", McpFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":1.0,"method":"ping"}""", McpFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":1e3,"method":"ping"}""", McpFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":-0,"method":"ping"}""", McpFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}""", McpFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":true,"method":"ping"}""", McpFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"ping"}""", McpFault.Id)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["t",{}]}""", McpFault.Parameters)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call"}""", McpFault.Parameters)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":""}}""", McpFault.Parameters)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}""", McpFault.Parameters)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":[]}}""", McpFault.Parameters)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":"{}"}}""", McpFault.Parameters)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"t"}}""", McpFault.Parameters)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":" tools/call","params":{"name":"t"}}""", McpFault.Parameters)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"","params":{}}""", McpFault.Parameters)]
    public void Read_WhatTwoReadersCouldReadInTwoWays_IsRefused(string json, McpFault expected)
    {
        Assert.Null(Read(json, out var fault));
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void Read_Batch_GivesEachMessage()
    {
        var body = Read("""[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}},{"jsonrpc":"2.0","id":"1","method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"}]""", out _)!;

        Assert.True(body.IsBatch);
        Assert.Equal(["tools/call", "ping", "notifications/x"], body.Messages.Select(message => message.Method));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("tools/call", "t", "2026-07-28")]
    [InlineData("tools/call", "=?base64?dA==?=", "2026-07-28")]
    [InlineData("tools/call", null, "2025-11-25")]
    [InlineData(null, null, "2025-06-18")]
    public void Headers_ThatAgree_Pass(string? method, string? name, string? version) =>
        Assert.Null(Fields(method, name, version).Check(Read(Call, out _)!));

    [Theory]
    [InlineData("ping", "t", "2026-07-28", McpFault.Header)]
    [InlineData("tools/call", "u", "2026-07-28", McpFault.Header)]
    [InlineData("tools/call", "T", null, McpFault.Header)]
    [InlineData("tools/call", "=?base64?dQ==?=", "2026-07-28", McpFault.Header)]
    [InlineData("tools/call", "=?base64?%?=", "2026-07-28", McpFault.Header)]
    [InlineData("tools/call", "=?base64?/w==?=", "2026-07-28", McpFault.Header)]
    [InlineData(null, "t", "2026-07-28", McpFault.Header)]
    [InlineData("tools/call", null, "2026-07-28", McpFault.Header)]
    [InlineData("tools/list", null, null, McpFault.Header)]
    [InlineData(null, null, "2027-01-01", McpFault.Version)]
    [InlineData(null, null, "latest", McpFault.Version)]
    public void Headers_ThatSaySomethingElse_AreRefused(string? method, string? name, string? version, McpFault expected) =>
        Assert.Equal(expected, Fields(method, name, version).Check(Read(Call, out _)!));

    [Fact]
    public void Headers_ThatStandTwice_AreRefused() =>
        Assert.Equal(McpFault.Header, new McpHeaders(["tools/call", "ping"], [], []).Check(Read(Call, out _)!));

    [Fact]
    public void Headers_NameOnAMessageThatHasNone_IsRefused() =>
        Assert.Equal(McpFault.Header, Fields("ping", "t").Check(Read("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", out _)!));

    [Theory]
    [InlineData("2026-07-28", "2026-07-28", null)]
    [InlineData("2025-11-25", "2026-07-28", McpFault.Header)]
    [InlineData(null, "2026-07-28", McpFault.Header)]
    [InlineData(null, "2031-01-01", McpFault.Version)]
    public void Headers_VersionOfTheMessage_MustBeTheSame(string? field, string own, McpFault? expected) => Assert.Equal(
        expected,
        Fields("ping", version: field).Check(Read("""{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"OWN"}}}""".Replace("OWN", own, StringComparison.Ordinal), out _)!));

    [Theory]
    [InlineData("tools/call", null)]
    [InlineData(null, "2026-07-28")]
    public void Headers_OfABatch_CanSayNothing(string? method, string? version) =>
        Assert.Equal(McpFault.Header, Fields(method, version: version).Check(Read($"[{Call}]", out _)!));

    [Theory]
    [InlineData("""{"method":"tools/call","params":{}}""", true)]
    [InlineData("""{"METHOD":"Tools/Call"}""", true)]
    [InlineData("""[{"x":1,"method":"resources/read"}]""", true)]
    [InlineData("""{"method":"tools/call","broken""", true)]
    [InlineData("""[[[{"method":"tools/call"}]]]""", true)]
    [InlineData("""/**/{"method":"tools/call"}""", true)]
    [InlineData("""{"x":1,/**/"method":"tools/call",}""", true)]
    [InlineData("""{'jsonrpc':'2.0','method':'tools/call'}""", true)]
    [InlineData("""{method:"tools/call"}""", true)]
    [InlineData("{}\n{\"jsonrpc\":\"2.0\",\"method\":\"tools\\/call\"}", true)]
    [InlineData("{}\n[{\"a\":1},{\"m\\u0065thod\":\"tools\\u002fcall\"}]", true)]
    [InlineData("""{'method':'tools\x2fcall'}""", true)]
    [InlineData("{a}\n{\"method\":\"To\\u006fls\\/call\"}", true)]
    [InlineData("{\"event_id\":\"1\"}\n{\"type\":\"event\"}\n{\"method\":\"GET\"}", false)]
    [InlineData("[package]\nname = \"tools\" # \\ /call", false)]
    [InlineData("""// A note about tools/call""", false)]
    [InlineData("""{"method":"eth_call","params":[]}""", false)]
    [InlineData("""{"query":{"deep":{"method":"tools/call"}}}""", false)]
    [InlineData("""{"jsonrpc":"x"}""", false)]
    public void LooksLikeMessage_MethodOfTheProtocol_IsSeenWithoutAVersion(string json, bool expected) =>
        Assert.Equal(expected, McpReader.LooksLikeMessage(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void LooksLikeMessage_WideEncodings_AreSeen()
    {
        Assert.True(McpReader.LooksLikeMessage(Encoding.Unicode.GetBytes(Call)));
        Assert.True(McpReader.LooksLikeMessage(Encoding.BigEndianUnicode.GetBytes(Call)));
        Assert.True(McpReader.LooksLikeMessage(Encoding.UTF32.GetBytes(Call)));
        foreach (var encoding in (Encoding[])[Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, new UTF32Encoding(bigEndian: true, byteOrderMark: true)])
        {
            foreach (var blanks in (string[])["", "    ", " \r\n\t", new string(' ', 5000)])
            {
                Assert.True(McpReader.LooksLikeMessage(encoding.GetBytes(blanks + Call)));
                Assert.True(McpReader.LooksLikeMessage([.. encoding.Preamble, .. encoding.GetBytes(blanks + Call)]));
            }

            Assert.True(JsonBody.IsWide(encoding.GetBytes("   "))); // what is behind it is not here yet
        }
    }

    [Theory]
    [InlineData("000000186674797069736F6D")] // MP4
    [InlineData("FFD8FFE000104A46494600")] // JPEG
    [InlineData("0061736D01000000")] // WebAssembly
    [InlineData("0000000000000000000000000000")]
    [InlineData("00000000077B0A")] // five bytes of a message of Connect
    [InlineData("7B7D")]
    [InlineData("2020207B7D")]
    [InlineData("")]
    public void IsWide_BinaryAndPlainBodies_AreNot(string hex) => Assert.False(JsonBody.IsWide(Convert.FromHexString(hex)));

    [Fact]
    public void Read_DamagedMessages_NeverThrowsAndWhatItReadsIsUnambiguous()
    {
        var random = new Random(20_261_121);
        byte[][] bodies = [Encoding.UTF8.GetBytes(Call), Encoding.UTF8.GetBytes($"[{Call},{{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}}]")];
        for (var round = FuzzRounds.Or(20_000); round > 0; round--)
        {
            var json = Mutations.Of(bodies[random.Next(bodies.Length)], random);
            var body = McpReader.Read(json, out _);
            McpReader.LooksLikeMessage(json);
            if (body is not null)
            {
                new McpHeaders([Encoding.Latin1.GetString(Mutations.Of("=?base64?dA==?="u8.ToArray(), random))], ["t"], []).Check(body);
                using var platform = System.Text.Json.JsonDocument.Parse(json, new System.Text.Json.JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 200 });
                var first = platform.RootElement.ValueKind is System.Text.Json.JsonValueKind.Array ? platform.RootElement[0] : platform.RootElement;
                Assert.Equal(first.TryGetProperty("method", out var method) ? method.GetString() : null, body.Messages[0].Method);
            }
        }
    }
}
