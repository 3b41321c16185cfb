using System.Text;
using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>Vectors from the standards, or computed by another program (Python's zlib); no token among them was ever issued.</summary>
public sealed class ChecksumTests
{
    [Theory]
    [InlineData("crc32_base62", "body", "notASecretOnlyForTests10Hnua")]
    [InlineData("crc32_base62", "first_part", "notASecret2dJ3Ul")]
    [InlineData("crc32_base36", "token", "notASecretOnlyForTests0e78u5d")]
    [InlineData("crc32_hex", "first_part", "notASecretOnlyForTests8fd4bf17")]
    [InlineData("crc32_hex", "body", "notASecretOnlyForTests36dbd3d0")]
    [InlineData("crc32_hex_upper", "token", "notASecretOnlyForTests332EA9A1")]
    [InlineData("crc32_base64", "body", "notASecretOnlyForTests0NPbNg")]
    public void Matches_ValidChecksum_IsHighConfidence(string kind, string over, string body)
    {
        var (valid, invalid) = (Confidence(kind, over, body), Confidence(kind, over, Spoiled(body)));

        Assert.Equal(RuleConfidence.High, valid);
        Assert.Equal(RuleConfidence.Low, invalid);
    }

    [Theory]
    [InlineData("4111111111111111", true)]
    [InlineData("378282246310005", true)]
    [InlineData("4111111111111112", false)]
    [InlineData("4111111111111113", false)]
    [InlineData("0000000000000000", false)]
    public void Matches_CardNumber_IsAskedForItsLuhnDigit(string number, bool isValid) =>
        Assert.Equal(isValid, IsFound(""" "body": [{ "of": "digit", "min": 13, "max": 19 }], "checksum": { "kind": "luhn", "required": true } """, number));

    [Theory]
    [InlineData("GB82WEST12345698765432", true)]
    [InlineData("DE89370400440532013000", true)]
    [InlineData("DE88370400440532013000", false)]
    public void Matches_Iban_IsAskedForItsCheckDigits(string iban, bool isValid) =>
        Assert.Equal(isValid, IsFound(""" "body": [{ "of": "base36_upper", "min": 15, "max": 34 }], "checksum": { "kind": "mod97", "required": true } """, iban));

    [Theory]
    // BIP 173, test vectors; the last with another prefix than the checksum is over.
    [InlineData("abcdef1", "bech32", "qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", RuleConfidence.High)]
    [InlineData("ABCDEF1", "bech32_upper", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LMQQQXW", RuleConfidence.High)]
    [InlineData("split1", "bech32", "checkupstagehandshakeupstreamerranterredcaperred2y9e3w", RuleConfidence.High)]
    [InlineData("abcdeg1", "bech32", "qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", RuleConfidence.Low)]
    public void Matches_Bech32_IsProvenWithItsPrefix(string literal, string alphabet, string data, RuleConfidence expected) =>
        Assert.Equal(expected, Find($$"""{ "of": "{{alphabet}}", "min": 8, "max": 200 }""", "bech32", "body", data, literal));

    private static string Spoiled(string body) => body[..^1] + (body[^1] == '0' ? '1' : '0');

    private static RuleConfidence? Confidence(string kind, string over, string body) => Find("""{ "of": "base62 [=]", "length": 10 }, { "of": "base62 [+/]", "min": 1, "max": 100 }""", kind, over, body, "tok_");

    private static RuleConfidence? Find(string parts, string kind, string over, string body, string literal)
    {
        var members = $$""" "literals": ["{{literal}}"], "body": [{{parts}}], "checksum": { "kind": "{{kind}}", "over": "{{over}}" }, {{RuleFiles.Examples}} """;
        var set = RuleSetLoader.LoadShipped([RuleFiles.File(RuleFiles.One(members).Replace("\"high\"", "\"low\"", StringComparison.Ordinal))], out var errors);
        Assert.True(errors.Count == 0, string.Join('\n', errors));
        return set!.Rules[0].Matches(Encoding.ASCII.GetBytes(literal + body), 0, out _, out _, out var confidence) ? confidence : null;
    }

    private static bool IsFound(string members, string value) =>
        Search.All(RuleFiles.Rule($$""" "kind": "assignment", "keywords": ["name"], {{members}} """), Encoding.ASCII.GetBytes($"name={value}")).Count > 0;
}
