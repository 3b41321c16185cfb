using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Fragments;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.Rules;

namespace SecretsFirewall.Tests.Inspection.Fragments;

public sealed class FragmentSearchTests
{
    private const string Secret = "not-a-real-Secret-0123-abcd";

    private static readonly DetectionSnapshot Snapshot = DetectionSnapshot.Build(
        [new RegisteredValue(SecretName.Create("canary"), Encoding.ASCII.GetBytes(Secret))],
        new byte[32],
        [RuleFiles.Rule(""" "literals": ["tok_"], "body": [{ "of": "base62", "length": 36 }] """)]);

    public static TheoryData<int> Cuts => [.. Enumerable.Range(1, Secret.Length - 1)];

    [Theory]
    [MemberData(nameof(Cuts))]
    public void Find_ValueInTwoMessages_IsFoundWhereverItIsCut(int cut) =>
        Assert.Equal("canary", Messages("use " + Secret[..cut], Secret[cut..] + " now")?.Name.Value);

    [Fact]
    public void Find_ValueInThreeMessages_IsFound() =>
        Assert.Equal("canary", Messages("first " + Secret[..9], Secret[9..18], Secret[18..] + ".")?.Name.Value);

    [Fact]
    public void Find_ValueInSingleLettersOfAnArray_IsFound() =>
        Assert.Equal("canary", Find(JsonSerializer.Serialize(new { parts = Secret.Select(c => c.ToString()) }))?.Name.Value);

    /// <summary>The name makes a longer, less sure finding of the token and what stands around it.</summary>
    [Theory]
    [InlineData("pass", "word=aX9.", "")]
    [InlineData("https:/", "/user:z9.", "@host/")]
    public void Find_TokenInPiecesInsideALessSureFinding_IsFound(string first, string before, string behind)
    {
        var rule = ShippedRules.Set.Find("github-pat")!;
        var token = Encoding.ASCII.GetString(rule.MakeSecret()!);
        var snapshot = DetectionSnapshot.Build([], new byte[32], [.. ShippedRules.Set.Enabled]);
        var json = JsonSerializer.SerializeToUtf8Bytes(new[] { first, before + token[..12], token[12..] + behind });

        Assert.Equal(rule.Id, FragmentSearch.Find(json, snapshot, [], one => one.Rule == rule.Id)?.Rule);
    }

    [Fact]
    public void Find_ValueInNeighbouringMembers_IsFound() =>
        Assert.Equal("canary", Find($$"""{ "user": "{{Secret[..10]}}", "password": "{{Secret[10..]}}" }""")?.Name.Value);

    [Fact]
    public void Find_ValueInToolResultsWithCallsBetween_IsFound() => Assert.Equal("canary", Find($$"""
        { "messages": [
          { "role": "tool", "tool_call_id": "call_1", "content": "{{Secret[..12]}}" },
          { "role": "assistant", "tool_calls": [{ "function": { "arguments": "tail -c 15 notes" } }] },
          { "role": "tool", "tool_call_id": "call_2", "content": "{{Secret[12..]}}" } ] }
        """)?.Name.Value);

    [Fact]
    public void Find_PieceBehindEscapes_IsFoundWithItsPlace()
    {
        var json = $$"""["line one\n\t\"quoted\" {{Secret[..8]}}","{{Secret[8..]}}\nmore"]""";

        var found = Find(json);

        Assert.Equal(json.IndexOf(Secret[..8], StringComparison.Ordinal), found?.Start);
        Assert.Equal(8, found?.Length);
    }

    [Fact]
    public void Find_PieceSpelledWithEscapes_IsFound() =>
        Assert.Equal("canary", Find($$"""["\u006{{Convert.ToString('n' & 15, 16)}}{{Secret[1..8]}}","{{Secret[8..]}}"]""")?.Name.Value);

    [Fact]
    public void Find_TokenOfARule_IsFound()
    {
        var token = Token();

        Assert.Equal("r", Messages(token[..20], token[20..])?.Rule);
    }

    [Fact]
    public void Find_PieceOfALongText_IsFoundAtItsEnds()
    {
        var filler = string.Concat(Enumerable.Repeat("words and more words, line by line.\n", 4000));

        Assert.Equal("canary", Messages(filler + Secret[..13], Secret[13..] + "\n" + filler)?.Name.Value);
    }

    [Fact]
    public void Find_PiecesBehindManyShortStrings_AreFound()
    {
        var strings = Enumerable.Range(0, 20_000).Select(i => $"word{i}").Append(Secret[..13]).Append(Secret[13..]);

        Assert.Equal("canary", Find(JsonSerializer.Serialize(strings))?.Name.Value);
    }

    [Fact]
    public void Find_WholeValueAtASeam_IsNoFragment()
    {
        var token = Token();

        Assert.Null(Messages("use " + Secret, "and go on"));
        Assert.Null(Messages("use " + token, "."));
    }

    [Fact]
    public void Find_WhatIsReplacedAnyway_IsNoFragment()
    {
        var json = $$"""["{{Secret[..10]}}","{{Secret[10..]}}"]""";
        var found = Find(json)!.Value;

        Assert.Null(FragmentSearch.Find(Encoding.UTF8.GetBytes(json), Snapshot, [found], static _ => true));
    }

    [Fact]
    public void Find_DecoyBesideTheFragment_DoesNotHideIt()
    {
        var json = Encoding.UTF8.GetBytes($$"""["{{Secret}} and {{Secret[..10]}}","{{Secret[10..]}}"]""");
        var replaced = new List<Detection>();
        Snapshot.Find(json, replaced);

        Assert.Single(replaced);
        Assert.NotNull(FragmentSearch.Find(json, Snapshot, replaced, static _ => true));
    }

    [Fact]
    public void Find_LabelsAndIdsBetween_DoNotSeparate() => Assert.Equal("canary", Find($$"""
        { "content": [ { "type": "text", "id": "block_1", "text": "{{Secret[..12]}}" }, { "type": "text", "id": "block_2", "text": "{{Secret[12..]}}" } ] }
        """)?.Name.Value);

    [Fact]
    public void Find_WhatDoesNotCount_IsPassedOver() =>
        Assert.Null(FragmentSearch.Find(Encoding.UTF8.GetBytes($$"""["{{Secret[..10]}}","{{Secret[10..]}}"]"""), Snapshot, [], static _ => false));

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"")]
    [InlineData("{\"a")]
    [InlineData("{\"a\\")]
    [InlineData("[\"\",\"\",\"\"]")]
    [InlineData("not JSON \" at \\ all \"\\")]
    public void Find_TextWithoutPieces_FindsNothing(string json) => Assert.Null(Find(json));

    private static string Token() => "tok_" + string.Concat(Enumerable.Range(0, 36).Select(i => "Ab3dE9gH"[i % 8]));

    private static Detection? Messages(params string[] contents) => Find(new JsonObject
    {
        ["messages"] = new JsonArray([.. contents.Select(content => new JsonObject { ["role"] = "user", ["content"] = content })]),
    }.ToJsonString());

    private static Detection? Find(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        return FragmentSearch.Find(bytes, Snapshot, [], static one => one.Confidence is RuleConfidence.High);
    }
}
