using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.Encodings.Spelling;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Encodings;

public class EncodedSearchTests
{
    private static readonly string[] Contexts = ["", "x", "key: ", "the value is \"", "{\"content\":\"line one\\nTOKEN=", "https://example.test/path?q="];

    public static TheoryData<string> Names => [.. All.Select(spelling => spelling.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Find_RegisteredValueInEverySpelling_IsMaskedAndNothingOfItRemains(string name)
    {
        var spelling = All.Single(one => one.Name == name);
        var random = new Random(1);
        for (var round = 0; round < 40; round++)
        {
            var value = Token(random, random.Next(20, 60));
            var snapshot = Snapshot(("it", value), ("other", Token(random, 30)));
            var text = InContext(spelling, value, random);
            AssertMasked(snapshot, text, FindingKind.Registered, "it");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Find_AgentTokenInEverySpelling_IsMasked(string name)
    {
        var spelling = All.Single(one => one.Name == name);
        var random = new Random(2);
        for (var round = 0; round < 40; round++)
        {
            AssertMasked(Snapshot(), InContext(spelling, AgentToken(random), random), FindingKind.Rule, null);
        }
    }

    /// <summary>The context is encoded with the value where the spelling is of whole texts.</summary>
    internal static byte[] InContext(Spelling spelling, string value, Random random)
    {
        // In quoted-printable an equals sign would be encoded itself.
        var contexts = Contexts.Where(context => !spelling.IsQuoted || !context.Contains('=')).ToArray();
        var (before, after) = (contexts[random.Next(contexts.Length)], contexts[random.Next(contexts.Length)]);
        var padding = new string('~', random.Next(4));
        return Latin1(spelling.IsWhole
            ? before + " " + spelling.Write($"{padding}{before} {value} {after}", random) + " " + after
            : before + spelling.Write(value, random) + " " + after);
    }

    internal static void AssertMasked(DetectionSnapshot snapshot, byte[] text, FindingKind kind, string? secret)
    {
        var found = snapshot.Find(text);
        var shown = EncodedStreamTests.Show(text);
        Assert.True(found.Any(one => one.Kind == kind && (secret is null || one.Name.Value == secret)), $"not found in: {shown}");
        var masked = snapshot.MaskWhole(text);
        Assert.DoesNotContain(snapshot.Find(masked), one => one.Kind != FindingKind.Reference);
    }
}
