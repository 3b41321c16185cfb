using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.Rules;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

public class WorkBudgetTests
{
    private static readonly DetectionSnapshot AllRules = DetectionSnapshot.Build([], InstallKey, [.. ShippedRules.Set.Enabled]);

    private static byte[] EndlessNames { get; } = Bytes(string.Concat(Enumerable.Repeat("secret_key_base=\"", 40_000)));

    [Fact]
    public void Find_NamesWithoutEnd_IsUnreadAndNotPassed()
    {
        var unread = AllRules.Find(EndlessNames).Find(static one => one.Kind is FindingKind.Unread);
        Assert.Equal((WorkBudget.Rule, FindingAction.Block), (unread.Rule, new RedactionPlan { Rule = FindingAction.Pass, Entropy = FindingAction.Pass }.For(unread.Kind, unread.Rule, unread.Name)));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(20_000)]
    public void Write_NamesWithoutEnd_StopsTheStream(int chunk)
    {
        using var redactor = new StreamRedactor(AllRules, MaskAll);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var isGood = true;
        for (var at = 0; at < EndlessNames.Length && isGood; at += chunk)
        {
            isGood = redactor.Write(EndlessNames.AsSpan(at, Math.Min(chunk, EndlessNames.Length - at)), output);
        }

        Assert.False(isGood);
        Assert.Equal(FindingKind.Unread, redactor.Blocked?.Kind);
    }

    [Fact]
    public void Find_FileOfNothingButNamesAndValues_IsReadToItsEnd()
    {
        var file = new StringBuilder();
        for (var i = 0; i < 60_000; i++)
        {
            file.Append(null, $"export SERVICE_{i}_API_TOKEN=value-{i}\n");
        }

        Assert.DoesNotContain(AllRules.Find(Bytes(file.ToString())), static one => one.Kind is FindingKind.Unread);
    }

    [Fact]
    public void Write_LetterByLetterBehindManyNames_IsReadToItsEnd()
    {
        var text = Bytes(string.Concat(Enumerable.Repeat("the token and the secret key of this password are not here. ", 400)));
        using var redactor = new StreamRedactor(AllRules, MaskAll);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.All(text, letter => Assert.True(redactor.Write([letter], output)));
        Assert.True(redactor.Complete(output));
        Assert.Equal(text, output.WrittenSpan.ToArray());
    }
}
