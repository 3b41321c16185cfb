using System.Text;
using System.Text.Json;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.EventStreams;
using SecretsFirewall.Tests.Inspection.Rules;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Matrix;

/// <summary>Texts that are hard on an engine: crowds, edges, nests, and pieces.</summary>
public sealed class HardCasesTests
{
    private const string Begin = "-----BEGIN RSA " + "PRIVATE KEY-----";
    private const string End = "-----END RSA " + "PRIVATE KEY-----";

    private static readonly string Value = Token(new Random(1), 32);

    private static readonly DetectionSnapshot Snapshot = DetectionSnapshot.Build(
        [new(SecretName.Create("it"), Bytes(Value)), new(SecretName.Create("inner"), Bytes("abcd1234efgh"))],
        InstallKey,
        [.. ShippedRules.Set.Enabled]);

    [Fact]
    public void Find_BehindTenThousandFindings_FindsTheRealOne()
    {
        var random = new Random(2);
        var text = new StringBuilder();
        for (var i = 0; i < 5_000; i++)
        {
            text.Append(GitHubToken(random)).Append('\n').Append(Value).Append('\n');
        }

        AssertLastIsFound(text);
    }

    [Fact]
    public void Find_BehindTenThousandTokensThatAreNone_FindsTheRealOne()
    {
        var random = new Random(3);
        var text = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
        {
            text.Append(GitHubToken(random)[..^1]).Append('\n');
        }

        Assert.Empty(Snapshot.Find(Bytes(text.ToString())));
        AssertLastIsFound(text);
    }

    [Fact]
    public void Mask_AtTheVeryFirstAndLastByte_LeavesNothingOfEither()
    {
        foreach (var secret in BareTokens("").ToList())
        {
            var text = Concat(secret, Bytes(" "), secret);
            var masked = Snapshot.MaskWhole(text);

            Assert.Matches("^(SECRET_REF\\(auto\\.[a-z0-9.-]+\\)) \\1$", Encoding.ASCII.GetString(masked));
            Assert.Equal(masked, Snapshot.MaskInChunks(text, 1, text.Length - 1));
        }
    }

    [Fact]
    public void Mask_RegisteredValueInsideAToken_TheValueNamesTheWholeToken()
    {
        var token = GitHubToken(new Random(4));
        AssertMasked($"x {token[..10]}abcd1234efgh{token[22..]} y", "x SECRET_REF(inner) y");
    }

    [Fact]
    public void Mask_TokenInAConnectionString_IsOneRange()
    {
        var token = GitHubToken(new Random(5));
        AssertMasked($"url = postgres://app:{token}@db.internal/main", "url = postgres://app:SECRET_REF(auto.*)@db.internal/main");
    }

    [Fact]
    public void Mask_AssignmentAroundAToken_IsOneRange()
    {
        var token = GitHubToken(new Random(6));
        AssertMasked($"{{\"github_token\": \"{token}\"}}", "{\"github_token\": \"SECRET_REF(auto.*)\"}");
        AssertMasked($"export GITHUB_TOKEN={token};", "export GITHUB_TOKEN=SECRET_REF(auto.*);");
    }

    [Fact]
    public void Mask_RegisteredValueInAKey_TheKeyBearsItsName()
    {
        var key = Pem(new Random(7));
        AssertMasked($"k:\n{key[..100]}{Value}{key[132..]}\n.", "k:\nSECRET_REF(it)\n.");
    }

    [Fact]
    public void Mask_ValueThatIsThePrefixOfAToken_IsMaskedAloneAndInTheToken()
    {
        var token = GitHubToken(new Random(8));
        var snapshot = DetectionSnapshot.Build([new(SecretName.Create("begin"), Bytes(token[..20]))], InstallKey, [.. ShippedRules.Set.Enabled]);
        foreach (var (text, expected) in new[] { ($"{token} {token[..20]}", "SECRET_REF(begin) SECRET_REF(begin)"), ($"{token[..20]} {token}", "SECRET_REF(begin) SECRET_REF(begin)") })
        {
            Assert.Equal(expected, snapshot.MaskWhole(text));
            Assert.Equal(Bytes(expected), snapshot.MaskByteByByte(Bytes(text)));
        }
    }

    [Fact]
    public void Mask_HundredThousandValuesWithTheBeginningOfAToken_FindsValuesAndTokens()
    {
        var random = new Random(9);
        var values = Enumerable.Range(0, 100_000).Select(_ => "ghp_" + Token(random, 20)).ToList();
        var snapshot = DetectionSnapshot.Build(
            [.. values.Select((value, i) => new RegisteredValue(SecretName.Create($"s{i}"), Bytes(value)))], InstallKey, [.. ShippedRules.Set.Enabled]);

        for (var i = 0; i < values.Count; i += 9_973)
        {
            var text = Bytes($"a {values[i]} b {GitHubToken(random)} c");
            Assert.Equal([$"s{i}", "auto"], snapshot.Find(text).Select(found => found.Name.IsAuto ? "auto" : found.Name.Value));
            Assert.Equal(snapshot.MaskWhole(text), snapshot.MaskByteByByte(text));
        }

        Assert.Empty(snapshot.Find(Bytes(string.Concat(Enumerable.Repeat("ghp_", 100_000)))));
    }

    [Fact]
    public void Mask_AmongBytesThatAreNoUtf8_LeavesThemAsTheyAre()
    {
        var token = Bytes(GitHubToken(new Random(10)));
        foreach (var noise in (byte[][])[[0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0x80, 0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0]])
        {
            var text = Concat(noise, token, noise, Bytes(Value), noise);
            var reference = Bytes(Snapshot.MaskWhole(Encoding.ASCII.GetString(token)));
            var masked = Snapshot.MaskWhole(text);

            Assert.Equal(Concat(noise, reference, noise, Bytes("SECRET_REF(it)"), noise), masked);
            Assert.Equal(masked, Snapshot.MaskByteByByte(text));
        }
    }

    [Fact]
    public void Mask_BodyOfNuls_IsTheSameAndHidesNothing()
    {
        var nuls = new byte[100_000];
        Assert.Equal(nuls, Snapshot.MaskInChunks(nuls, 1, 4_096, 50_000));

        var token = GitHubToken(new Random(11));
        var text = Concat(nuls, Bytes(token), nuls);
        Assert.Equal((nuls.Length, token.Length), Assert.Single(Snapshot.Find(text).Select(found => ((int)found.Start, found.Length))));
        Assert.Equal(Snapshot.MaskWhole(text), Snapshot.MaskInChunks(text, nuls.Length + 7));
    }

    [Theory]
    [InlineData("password", " = ", "\"{0}\"")]
    [InlineData("\"api_key\"", ": ", "\"{0}\"")]
    [InlineData("\\\"secret\\\"", ":", "\\\"{0}\\\"")]
    [InlineData("DB_PASSWORD", "=", "{0}\n")]
    [InlineData("Authorization", ": ", "Bearer {0}\r\n")]
    [InlineData("- name: API_TOKEN\n  value", ": ", "{0}\n")]
    public void Mask_NameGapAndValueInChunksOfTheirOwn_IsTheSame(string name, string gap, string value)
    {
        var secret = Token(new Random(12), 12) + "9x" + Token(new Random(13), 18);
        var text = Bytes($"first line\n{name}{gap}{value.Replace("{0}", secret, StringComparison.Ordinal)} last");
        var expected = Snapshot.MaskWhole(text);
        Assert.True(expected.AsSpan().IndexOf(Bytes(secret)) < 0);

        var (ofName, ofGap) = (11 + name.Length, 11 + name.Length + gap.Length);
        Assert.Equal(expected, Snapshot.MaskInChunks(text, ofName, ofGap));
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second += 3)
            {
                Assert.True(expected.AsSpan().SequenceEqual(Snapshot.MaskInChunks(text, first, second)), $"cut at {first} and {second}");
            }
        }
    }

    [Theory]
    [InlineData("anthropic text")]
    [InlineData("chat content")]
    [InlineData("responses text")]
    [InlineData("gemini text")]
    public void Mask_NameGapAndValueInDeltasOfTheirOwn_ValueIsCutFromAllOfThem(string shape)
    {
        var secret = Token(new Random(14), 12) + "9x" + Token(new Random(15), 18);
        foreach (var pieces in (string[][])[
            ["pass", "word", " = ", "\"", secret, "\"\nand more"],
            ["password", " = \"", secret[..9], secret[9..], "\"\nand more"],
            ["password = \"", secret[..1], secret[1..20], secret[20..] + "\"\n", "and more"],
            [.. $"password = \"{secret}\"\nand more".Select(c => c.ToString())]])
        {
            var masked = Snapshot.Mask(string.Concat(pieces.Select(piece => StreamSamples.Event(shape, piece))));
            Assert.Matches("^password = \"SECRET_REF\\(auto\\.[a-z0-9.-]+\\)\"\nand more$", TextOf(masked));
        }
    }

    [Fact]
    public void Mask_KeyOverChunks_IsOneReferenceWhereverItIsCut()
    {
        foreach (var depth in (int[])[0, 1, 2])
        {
            var text = Pem(new Random(16));
            for (var i = 0; i < depth; i++)
            {
                text = JsonSerializer.Serialize(text, Relaxed)[1..^1];
            }

            var body = Bytes($"a {text} b");
            var expected = Snapshot.MaskWhole(body);
            Assert.Matches("^a SECRET_REF\\(auto\\.pem-rsa\\.[0-9a-f]{8}\\) b$", Encoding.ASCII.GetString(expected));
            Assert.Equal(expected, Snapshot.MaskByteByByte(body));
            for (var cut = 1; cut < body.Length; cut++)
            {
                Assert.True(expected.AsSpan().SequenceEqual(Snapshot.MaskInChunks(body, cut)), $"cut at {cut}, depth {depth}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(70)]
    public void Mask_KeyOverDeltas_IsOneReference(int length)
    {
        var text = $"key: {Pem(new Random(17))}\nand more";
        var stream = string.Concat(text.Chunk(length).Select(piece => StreamSamples.Event("chat content", new string(piece))));
        Assert.Matches("^key: SECRET_REF\\(auto\\.pem-rsa\\.[0-9a-f]{8}\\)\nand more$", TextOf(Snapshot.Mask(stream)));
    }

    [Fact]
    public void Mask_KeyWithoutItsEnd_IsMaskedToItsLastLine()
    {
        // Less than 16 characters of a last line could be anything, and stay.
        var cut = Bytes(Pem(new Random(18))[..(Begin.Length + 1 + (4 * 65) + 20)]);
        var masked = Encoding.ASCII.GetString(Snapshot.MaskWhole(cut));
        Assert.Matches("^SECRET_REF\\(auto\\.pem-rsa\\.[0-9a-f]{8}\\)$", masked);
        Assert.Equal(masked, Encoding.ASCII.GetString(Snapshot.MaskByteByByte(cut)));
    }

    [Theory]
    [InlineData("{\"a\":\"{0}\",\"b\":1}")]
    [InlineData("{\"{0}\":\"{1}\"}")]
    [InlineData("{\"a\":\"{0}\",\"{1}\":1}")]
    [InlineData("{\"a\":\"{0}\",\"b\":\"{1}\",\"c\":12345678901234567890}")]
    [InlineData("[\"{0}\",12345678901234567890,\"{1}\"]")]
    [InlineData("[\"{0}\",\"{1}\",true]")]
    [InlineData("{\"a\":\"{0} \\\"{1}\",\"{1} and more\":2}")]
    public void Mask_KeyWithoutItsEndAmongOtherStrings_StaysJson(string template)
    {
        var line = Token(new Random(19), 64);
        var json = template.Replace("{0}", $"{Begin}\\n{line}", StringComparison.Ordinal).Replace("{1}", Token(new Random(20), 40), StringComparison.Ordinal);
        JsonDocument.Parse(json).Dispose();

        var masked = Snapshot.MaskWhole(json);
        JsonDocument.Parse(masked).Dispose();
        Assert.DoesNotContain(line, masked, StringComparison.Ordinal);
        Assert.Equal(masked, Encoding.UTF8.GetString(Snapshot.MaskByteByByte(Bytes(json))));
    }

    [Fact]
    public void Mask_KeyWrittenLineByLine_IsMaskedToItsEnd()
    {
        var lines = Pem(new Random(21)).Split('\n');
        var json = JsonSerializer.Serialize(new { lines, next = 12345678901234567890 }, Relaxed);
        Assert.Matches("^{\"lines\":\\[\"SECRET_REF\\(auto\\.pem-rsa\\.[0-9a-f]{8}\\)\"\\],\"next\":12345678901234567890}$", Snapshot.MaskWhole(json));
    }

    [Fact]
    public void Mask_TokenWhoseFirstLetterIsAnEscapes_LeavesTheEscape()
    {
        // What follows the line end is one letter less than a token; the engine cannot know that this is JSON, and masks what it can.
        foreach (var secret in BareTokens("bfnrt").ToList())
        {
            var json = Concat(Bytes("{\"a\":\"line\\"), secret, Bytes("\"}"));
            JsonDocument.Parse(Snapshot.MaskWhole(json)).Dispose();
            Assert.Equal(Snapshot.MaskWhole(json), Snapshot.MaskByteByByte(json));
        }
    }

    [Fact]
    public void Mask_TokenCutByTheEndOfTheStream_IsTheSameAsCutByTheEndOfAText()
    {
        foreach (var text in (string[])[$"x {GitHubToken(new Random(22))}", $"token: {Value}", $"a {Pem(new Random(23))}", $"postgres://app:{Token(new Random(24), 20)}9@db.internal"])
        {
            for (var length = 1; length < text.Length; length++)
            {
                var cut = Bytes(text[..length]);
                Assert.True(Snapshot.MaskWhole(cut).AsSpan().SequenceEqual(Snapshot.MaskInChunks(cut, length / 2)), $"{length} of {text.Length}");
            }
        }
    }

    private static JsonSerializerOptions Relaxed { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A token of each rule that has an example without anything around it.</summary>
    /// <param name="firsts">Those alone that begin with one of these letters; all if there are none.</param>
    private static IEnumerable<byte[]> BareTokens(string firsts) => ShippedRules.Set.Enabled
        .Where(rule => rule.Kind == RuleKind.Token && rule.Shape.Lead == 0)
        .Select(rule => rule.MakeExamples().FirstOrDefault(example => example.MustMatch && example.Length == example.Text.Length)?.Text.ToArray())
        .OfType<byte[]>()
        .Where(secret => firsts.Length == 0 || firsts.Contains((char)secret[0]));

    private static string GitHubToken(Random random) => "ghp_" + Token(random, 36);

    private static string Pem(Random random) =>
        $"{Begin}\n{string.Concat(Enumerable.Range(0, 10).Select(_ => Token(random, 64, Alphanumeric + "+/") + "\n"))}{Token(random, 42)}==\n{End}";

    private static void AssertLastIsFound(StringBuilder before)
    {
        var token = GitHubToken(new Random(99));
        var text = Bytes($"{before}{token}\n{Value}");
        var found = Snapshot.Find(text);
        Assert.Equal((text.Length - Value.Length, "it"), ((int)found[^1].Start, found[^1].Name.Value));
        Assert.Equal((text.Length - Value.Length - 1 - token.Length, token.Length), ((int)found[^2].Start, found[^2].Length));

        var masked = Snapshot.MaskInChunks(text, Enumerable.Range(1, (text.Length - 1) / 1_000).Select(i => i * 1_000));
        Assert.Equal(Snapshot.MaskWhole(text), masked);
        Assert.True(masked.AsSpan().IndexOf(Bytes(token)) < 0 && masked.AsSpan().IndexOf(Bytes(Value)) < 0);
    }

    /// <param name="expected">With <c>*</c> where the rest of a name stands that was made up.</param>
    private static void AssertMasked(string text, string expected)
    {
        var masked = Snapshot.MaskWhole(text);
        Assert.Matches($"^{System.Text.RegularExpressions.Regex.Escape(expected).Replace("\\*", "[a-z0-9.-]+")}$", masked);
        for (var cut = 1; cut < text.Length; cut++)
        {
            Assert.True(Bytes(masked).AsSpan().SequenceEqual(Snapshot.MaskInChunks(Bytes(text), cut)), $"cut at {cut}");
        }
    }

    private static string TextOf(string stream) => string.Concat(stream.Split('\n')
        .Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => Strings(JsonDocument.Parse(line[5..]).RootElement)));

    private static string Strings(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => string.Concat(element.EnumerateObject().Where(member => member.Name is not ("type" or "object" or "id" or "model" or "obfuscation" or "finish_reason" or "item_id" or "role" or "modelVersion"))
            .Select(member => Strings(member.Value))),
        JsonValueKind.Array => string.Concat(element.EnumerateArray().Select(Strings)),
        JsonValueKind.String => element.GetString()!,
        _ => "",
    };
}
