using SecretsFirewall.Inspection.Detection.Rules;

namespace SecretsFirewall.Tests.Inspection.Rules;

public sealed class RuleSetLoaderTests
{
    private const string Token = """ "literals": ["tok_"], "body": [{ "of": "hex", "length": 32 }] """;

    [Fact]
    public void Load_NoFile_IsAnEmptySet() => Assert.Empty(RuleSetLoader.Load([], out _)!.Rules);

    [Fact]
    public void Load_TwoFiles_SortsTheirRulesById()
    {
        var set = RuleSetLoader.Load(
            [RuleFiles.File(RuleFiles.One($"{Token}, {RuleFiles.Examples}", "b")), RuleFiles.File(RuleFiles.One($"{Token}, {RuleFiles.Examples}", "a"), "1.json")],
            out _)!;

        Assert.Equal(["a", "b"], set.Rules.Select(rule => rule.Id));
        Assert.Equal("test", set.Find("a")!.Description.Family);
        Assert.Null(set.Find("c"));
    }

    [Fact]
    public void Load_SeveralFaultsInOneFile_ReportsAllWithTheirLines()
    {
        var errors = RuleFiles.Errors("""
            {
              "schema": "rules/v1",
              // a comment is fine
              "oops": 1,
              "rules": [
                { "id": "a", "provider": "p", "description": "d", "source": "s", "confidence": "sure", "id": "b" },
              ],
            }
            """);

        Assert.Equal(
            [
                "0.json:4: Unknown member 'oops'.",
                "0.json:6: Expected one of low, medium, high.",
                "0.json:6: 'id' stands here twice.",
                "0.json:6: 'examples' is missing.",
                "0.json:1: 'family' is missing.",
            ],
            errors.Select(error => error.ToString()));
    }

    [Fact]
    public void Load_BytesThatAreNotUtf8_Refuses()
    {
        Assert.Null(RuleSetLoader.Load([new RuleFile("a.json", new byte[] { 0x7B, 0xFF, 0x7D })], out var errors));
        Assert.Contains("UTF-8", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileThatIsTooLarge_Refuses()
    {
        Assert.Null(RuleSetLoader.Load([new RuleFile("a.json", new byte[(4 << 20) + 1])], out var errors));
        Assert.Contains("larger than", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AnotherLanguage_Refuses() => Refuses("""{ "schema": "rules/v2", "family": "f" }""", "Only 'rules/v1'");

    [Fact]
    public void Load_IdInUse_Refuses()
    {
        var error = Assert.Single(RuleFiles.Errors(RuleFiles.One($"{Token}, {RuleFiles.Examples}"), RuleFiles.One($"{Token}, {RuleFiles.Examples}")));

        Assert.Equal("1.json", error.Path);
        Assert.Contains("taken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_IdWithCapitals_Refuses() => Refuses(RuleFiles.One($"{Token}, {RuleFiles.Examples}", "Token"), "lower-case letters");

    [Fact]
    public void Load_EmptySource_Refuses() =>
        Refuses(RuleFiles.Frame($$"""{ "id": "r", "provider": "p", "description": "d", "source": " ", "confidence": "low", {{Token}}, {{RuleFiles.Examples}} }"""), "'source' is empty");

    [Fact]
    public void Load_StopListInUse_Refuses() =>
        Refuses(RuleFiles.Errors(RuleFiles.Frame("", """ "stop_lists": { "a": ["x"] }, """), RuleFiles.Frame("", """ "stop_lists": { "a": ["y"] }, """)), "'a' is taken");

    [Fact]
    public void Load_PartWithoutMaximum_Refuses() => RefusesRule(""" "literals": ["tok_"], "body": [{ "of": "hex", "min": 32 }] """, "without a maximum length");

    [Fact]
    public void Load_PartWithMaximumBelowMinimum_Refuses() => RefusesRule(""" "literals": ["tok_"], "body": [{ "of": "hex", "min": 32, "max": 31 }] """, "not below 'min'");

    [Fact]
    public void Load_PartWithTwoLengths_Refuses() => RefusesRule(""" "literals": ["tok_"], "body": [{ "of": "hex", "length": 32, "max": 40 }] """, "Either 'length'");

    [Fact]
    public void Load_PartThatIsTextAndAlphabet_Refuses() => RefusesRule(""" "literals": ["tok_"], "body": [{ "of": "hex", "text": "a" }] """, "A part is a text");

    [Fact]
    public void Load_PartOfUnknownAlphabet_Refuses() => RefusesRule(""" "literals": ["tok_"], "body": [{ "of": "hexx", "length": 32 }] """, "is no alphabet");

    [Fact]
    public void Load_PartThatRunsIntoTheNext_Refuses() =>
        RefusesRule(""" "literals": ["tok_"], "body": [{ "of": "hex", "min": 8, "max": 16 }, { "of": "digit", "length": 8 }] """, "cannot run into");

    [Fact]
    public void Load_LeadOfVariableLength_Refuses() =>
        RefusesRule(""" "lead": [{ "of": "hex", "min": 8, "max": 16 }], "literals": ["tok_"], "body": [{ "of": "digit", "length": 8 }] """, "fixed length");

    [Fact]
    public void Load_ReachBeyondWhatAStreamHolds_Refuses() => RefusesRule(""" "literals": ["tok_"], "body": [{ "of": "hex", "min": 8, "max": 70000 }] """, "is the most");

    [Fact]
    public void Load_LiteralOfTwoBytes_Refuses() => RefusesRule(""" "literals": ["SK"], "body": [{ "of": "hex", "length": 32 }] """, "too short");

    [Fact]
    public void Load_LiteralThatIsNotAscii_Refuses() => RefusesRule(""" "literals": ["schlüssel"], "body": [{ "of": "hex", "length": 32 }] """, "too short");

    [Fact]
    public void Load_ShortLiteralWithoutBoundary_Refuses() => RefusesRule(""" "literals": ["sk-"], "body": [{ "of": "hex", "length": 32 }] """, "weak anchor");

    [Fact]
    public void Load_LiteralThatIsAWord_Refuses() => RefusesRule(""" "literals": ["pattern"], "body": [{ "of": "hex", "length": 32 }] """, "weak anchor");

    [Fact]
    public void Load_NoisyLiteralWithoutExactBody_Refuses() =>
        RefusesRule(""" "literals": ["test_"], "not_before": "base64url", "body": [{ "of": "hex", "min": 8, "max": 32 }] """, "weak anchor");

    [Fact]
    public void Load_ShortLiteralWithBoundaryAndExactBody_IsTaken() =>
        Assert.Equal("sk-", RuleFiles.Rule(""" "literals": ["sk-"], "not_before": "base64url", "body": [{ "of": "hex", "length": 32 }] """).Literals[0].ToString());

    [Fact]
    public void Load_NoisyKeyword_Refuses() => RefusesRule(""" "kind": "assignment", "keywords": ["client"], "body": [{ "of": "hex", "length": 32 }] """, "too often");

    [Fact]
    public void Load_KeywordWithCapitals_Refuses() => RefusesRule(""" "kind": "assignment", "keywords": ["Datadog"], "body": [{ "of": "hex", "length": 32 }] """, "lower case");

    [Fact]
    public void Load_NoLiterals_Refuses() => RefusesRule(""" "literals": [], "body": [{ "of": "hex", "length": 32 }] """, "The list is empty");

    [Fact]
    public void Load_MissingBody_Refuses() => RefusesRule(""" "literals": ["tok_"] """, "'body' is missing");

    [Fact]
    public void Load_MemberOfAnotherKind_Refuses() => RefusesRule($"{Token}, \"keywords\": [\"a\"]", "means nothing");

    [Fact]
    public void Load_BlockWithoutEnd_Refuses() => RefusesRule(""" "kind": "block", "literals": ["BEGIN-1"], "min_run": 40, "max_length": 100 """, "as many 'ends'");

    [Fact]
    public void Load_UnknownBoundary_Refuses() => RefusesRule($"{Token}, \"not_before\": \"letters\"", "is no alphabet");

    [Fact]
    public void Load_UnknownNeed_Refuses() => RefusesRule($"{Token}, \"needs\": [\"letters\"]", "is no alphabet");

    [Fact]
    public void Load_UnknownStopList_Refuses() => RefusesRule($"{Token}, \"stop_lists\": [\"nowhere\"]", "There is no stop list");

    [Fact]
    public void Load_EmptyStopWord_Refuses() => RefusesRule($"{Token}, \"stop_words\": [\"^\"]", "not empty");

    [Fact]
    public void Load_EntropyThatNothingReaches_Refuses() => RefusesRule($"{Token}, \"entropy\": 5.1", "has so much entropy");

    [Fact]
    public void Load_ChecksumLongerThanTheToken_Refuses() =>
        RefusesRule(""" "literals": ["tok_"], "body": [{ "of": "hex", "length": 8 }], "checksum": { "kind": "crc32_hex" } """, "too short for it");

    [Fact]
    public void Load_AudienceThatIsNoHost_Refuses() => RefusesRule($"{Token}, \"audience\": [\"https://api.example.com\"]", "Not the name of a host");

    [Fact]
    public void Load_NoNegativeExample_Refuses() => Refuses(RuleFiles.One($$"""{{Token}}, "examples": { "match": ["{secret}"], "no_match": [] }"""), "one that must not");

    [Fact]
    public void Load_UnknownPlaceholder_Refuses() =>
        Refuses(RuleFiles.One($$"""{{Token}}, "examples": { "match": ["{secret}"], "no_match": ["{nothing}"] }"""), "is no placeholder");

    [Fact]
    public void Load_PositiveExampleWithoutSecret_Refuses() =>
        Refuses(RuleFiles.One($$"""{{Token}}, "examples": { "match": ["tok_"], "no_match": ["{uuid}"] }"""), "has a {secret}");

    [Fact]
    public void Load_PositiveExampleThatIsNotFound_Refuses() =>
        Refuses(RuleFiles.One($$"""{{Token}}, "examples": { "match": ["a{secret}"], "no_match": ["{uuid}"] }"""), "is not found");

    [Fact]
    public void Load_NegativeExampleThatIsFound_Refuses() =>
        Refuses(RuleFiles.One($$"""{{Token}}, "examples": { "match": ["{secret}"], "no_match": ["{secret}"] }"""), "Something is found");

    [Fact]
    public void Load_ErrorInARule_NamesItsLineAndTheRule()
    {
        var error = Assert.Single(RuleFiles.Errors(RuleFiles.One($"\n{Token},\n\"entropy\": 9,\n{RuleFiles.Examples}")));

        Assert.Equal("0.json:3: Rule 'r': No text of the least length has so much entropy.", error.ToString());
    }

    private static void RefusesRule(string members, string message) => Refuses(RuleFiles.One($"{members}, {RuleFiles.Examples}"), message);

    private static void Refuses(string file, string message) => Refuses(RuleFiles.Errors(file), message);

    private static void Refuses(IReadOnlyList<RuleError> errors, string message)
    {
        var error = Assert.Single(errors);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.True(error.Line > 0 || message is "larger than", "The error has a line.");
    }
}
