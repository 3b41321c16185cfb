using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Tests.Inspection.Rules;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Encodings;

public class EncodedLimitsTests
{
    public static TheoryData<string, string> HostileParts => new()
    {
        { "percent", "%41" },
        { "JSON escapes", "\\u0041" },
        { "percent of percent", "%2525252541" },
        { "escapes by turns", "\\u0041%41&#65;\\x41=41" },
        { "base64", "QUFBQUFB" },
        { "base64 of base64", "UVVGQlFVRkI" },
        { "soft line breaks", "A=\r\n" },
        { "backslashes", "\\\\\\\\\\\\\\u0041" },
        { "UTF-16", "A\0" },
        { "hex words", "41:" },
        { "hex", "414141" },
        { "base32", "IFAUCQKB" },
        { "zero-width characters", "A\u200b" },
        { "triggers far apart", "%41" + new string('a', 400) },
        { "beginnings of a private key", "-----BEGIN%20PRIVATE KEY-----" },
        { "form", "+%41" },
        { "NUL", "\0" },
    };

    [Theory]
    [MemberData(nameof(HostileParts))]
    public void Find_HostileBodyTwiceAsLong_TakesTwiceTheWork(string name, string part)
    {
        var snapshot = Snapshot(("it", Token(new Random(1), 40)), ("long", "-----BEGIN PRIVATE KEY-----\n" + Token(new Random(2), 3_000)));
        var unit = Bytes(part);
        Assert.NotEmpty(name);

        var (small, large) = (snapshot.Encodings.WorkOf(Repeat(unit, 500_000)), snapshot.Encodings.WorkOf(Repeat(unit, 1_000_000)));
        Assert.True(large <= (2.2 * small) + 200_000, $"{large} bytes decoded after {small}");
        Assert.True(large < 100_000_000, $"{large} bytes decoded of 1,000,000");
    }

    [Fact]
    public void Find_BodyOfOrdinaryEscapesAndWords_IsNotLookedBehind()
    {
        var stretches = new List<SecretsFirewall.Inspection.Detection.Encodings.EncodedStretch>();
        var body = string.Concat(Enumerable.Range(0, 500).Select(i =>
            $"{{\"content\":\"line {i}\\n\\tif (a != b && c == {i}) {{ return \\\"x\\\"; }}\\r\\n 2026-03-01T08:45:22.5{i % 10}Z 100 % of caf\u00e9 &c=3 \\u2014 a-b\"}}"));
        SecretsFirewall.Inspection.Detection.Encodings.TriggerFinder.Find(Bytes(body), 0, stretches);
        Assert.Empty(stretches);
    }

    [Fact]
    public void Find_TenThousandEncodedDecoys_FindsTheSecretBehindThem()
    {
        var random = new Random(3);
        var value = Token(random, 32);
        var text = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
        {
            text.Append("%22").Append(Token(random, 12)).Append("%3D ").Append(i % 5 == 0 ? Spelling.Base64(Token(random, 40)) : "\\u0041").Append(' ');
        }

        text.Append(string.Concat(value.Select(c => $"%{(int)c:x2}")));
        var found = Snapshot(("it", value)).Find(Bytes(text.ToString()));
        Assert.Equal("it", Assert.Single(found).Name.Value);
    }

    [Fact]
    public void Find_EscapedSecretAtTheFirstAndTheLastByte_IsFound()
    {
        var value = Token(new Random(4), 24);
        var escaped = string.Concat(value.Select(c => $"\\u00{(int)c:x2}"));
        Assert.Equal("SECRET_REF(it) and SECRET_REF(it)", Snapshot(("it", value)).MaskWhole($"{escaped} and {escaped}"));
    }

    [Fact]
    public void Find_LongValueWithOneEscapeFarInside_IsFound()
    {
        var value = string.Join('\n', Enumerable.Range(0, 200).Select(i => Token(new Random(i), 64)));
        var snapshot = Snapshot(("it", value), ("other", Token(new Random(5), 20)));
        for (var at = 100; at < value.Length; at += 1_500)
        {
            var text = $"key: {value[..at]}\\u00{(int)value[at]:x2}{value[(at + 1)..]} end";
            Assert.Equal("key: SECRET_REF(it) end", snapshot.MaskWhole(text));
            Assert.Equal("key: SECRET_REF(it) end", Encoding.UTF8.GetString(snapshot.MaskInChunks(Bytes(text), at - 50, at + 3, at + 60)));
        }
    }

    [Fact]
    public void Find_ReferenceLookAlikeBehindEscapes_HidesNothing()
    {
        var value = Token(new Random(6), 24);
        var text = $"%53ECRET_REF%28{value}%29 SECRET\\u005fREF({value})";
        Assert.DoesNotContain(value, Snapshot(("it", value)).MaskWhole(text), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_InvalidUtf8AndCutEscapes_FindsWhatStandsBetween()
    {
        var value = Token(new Random(7), 24);
        byte[] text = [0xE2, 0x80, 0xEF, 0xBC, .. "%4 \\u00 &#x; =4\xFF"u8, .. Bytes(value[..10]), .. "%"u8, .. Bytes($"{(int)value[10]:x2}{value[11..]}"), 0xC2, 0xE2, .. "\\u"u8];
        Assert.Equal("it", Assert.Single(Snapshot(("it", value)).Find(text)).Name.Value);
    }

    /// <summary>The shipped rules are asked about what an environment file holds, in base64 as a tool would return it.</summary>
    [Fact]
    public void Find_ShippedRulesInBase64_AreFoundAndTheRestDecodesAsBefore()
    {
        var snapshot = DetectionSnapshot.Build([], InstallKey, [.. ShippedRules.Set.Enabled]);
        var random = new Random(8);
        var (code, cloud) = ("gh" + "p_" + AgentToken(random)[5..], "AK" + "IA" + Token(random, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"));
        var file = $"# local\nexport CODE_TOKEN={code}\nAWS_ACCESS_KEY_ID={cloud}\nDEBUG=1\n";
        foreach (var written in (string[])[Spelling.Base64(file), string.Join("\\n", Spelling.Base64(file).Chunk(64).Select(line => new string(line)))])
        {
            var body = $"{{\"content\":\"{written}\"}}";
            var masked = snapshot.MaskWhole(body);
            Assert.NotEqual(body, masked);
            var decoded = Encoding.UTF8.GetString(Convert.FromBase64String(masked[12..^2].Replace("\\n", "")));
            Assert.DoesNotContain(code, decoded, StringComparison.Ordinal);
            Assert.DoesNotContain(cloud, decoded, StringComparison.Ordinal);
            Assert.StartsWith("# local\nexport CODE_TOKEN=SECRET_REF(auto.", decoded, StringComparison.Ordinal);
            Assert.EndsWith("\nDEBUG=1\n", decoded, StringComparison.Ordinal);
        }
    }

    private static byte[] Repeat(byte[] unit, int length) => [.. Enumerable.Range(0, length / unit.Length).SelectMany(_ => unit)];
}
