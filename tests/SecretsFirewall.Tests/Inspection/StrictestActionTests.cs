using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.EventStreams;
using SecretsFirewall.Tests.Inspection.Rules;
using static SecretsFirewall.Tests.Inspection.EventStreams.StreamSamples;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

/// <summary>Where findings become one range under one name, the strictest of what the plan says of each is done.</summary>
public class StrictestActionTests
{
    private static readonly DetectionSnapshot AllRules = DetectionSnapshot.Build([], InstallKey, [.. ShippedRules.Set.Enabled]);
    private static readonly string Token = AgentToken(new Random(5));
    private static readonly string Text = $"password=aX9.{Token}";
    private static readonly Detection Around = Assert.Single(AllRules.Find(Bytes(Text)));
    private static readonly string TokenRule = Assert.Single(AllRules.Find(Bytes(Token))).Rule;

    [Fact]
    public void Find_TokenInsideALessSureFinding_IsOneRangeUnderTheOuterNameAndAsSure()
    {
        Assert.NotEqual(TokenRule, Around.Rule);
        Assert.Equal((9, Text.Length - 9, RuleConfidence.High), ((int)Around.Start, Around.Length, Around.Confidence));
    }

    [Theory]
    [InlineData(FindingAction.Alert, FindingAction.Mask, FindingAction.Mask)]
    [InlineData(FindingAction.Pass, FindingAction.Mask, FindingAction.Mask)]
    [InlineData(FindingAction.Mask, FindingAction.Block, FindingAction.Block)]
    [InlineData(FindingAction.Pass, FindingAction.Alert, FindingAction.Alert)]
    [InlineData(FindingAction.Block, FindingAction.Pass, FindingAction.Block)]
    [InlineData(FindingAction.Pass, FindingAction.Pass, FindingAction.Pass)]
    public void ActionUnder_TwoRulesInOneRange_IsTheStricter(FindingAction around, FindingAction token, FindingAction expected) =>
        Assert.Equal(expected, Around.ActionUnder(Plan(around, token)));

    [Fact]
    public void ActionUnder_TokenThatSomebodyLetsPass_LeavesTheRangeToTheOther()
    {
        var name = Assert.Single(AllRules.Find(Bytes(Token))).Name.Value;
        Assert.Equal(FindingAction.Alert, Around.ActionUnder(Plan(FindingAction.Alert, FindingAction.Mask) with { Ignored = new[] { name }.ToFrozenSet() }));
    }

    [Fact]
    public void ActionUnder_RegisteredValueThatARuleFindsToo_IsTheRegistrys()
    {
        var snapshot = DetectionSnapshot.Build([new(SecretName.Create("it"), Bytes(Token))], InstallKey, [.. ShippedRules.Set.Enabled]);
        var found = Assert.Single(snapshot.Find(Bytes(Token)));
        Assert.Equal(FindingAction.Mask, found.ActionUnder(Plan(FindingAction.Block, FindingAction.Block)));
    }

    [Fact]
    public void ActionUnder_MoreRulesInOneRangeThanAnybodyHas_Blocks()
    {
        Swallowed? others = null;
        for (var i = 0; i < 80; i++)
        {
            others = Swallowed.Add(others, FindingKind.Rule, $"rule-{i}", SecretName.Create("a"));
        }

        var pass = new RedactionPlan { Rule = FindingAction.Pass, Entropy = FindingAction.Pass };
        Assert.Equal(FindingAction.Block, (Around with { Others = others }).ActionUnder(pass));
    }

    [Theory]
    [InlineData("password=aX9.%73")]
    [InlineData("password=aX9.\\u0073")]
    public void ActionUnder_RangeBehindEscapes_IsTheStricterToo(string beginning)
    {
        var found = AllRules.Find(Bytes(beginning + Token[1..]));
        Assert.All(found, one => Assert.Equal(FindingAction.Mask, one.ActionUnder(Plan(FindingAction.Alert, FindingAction.Mask))));
        Assert.NotEmpty(found);
    }

    [Fact]
    public void Write_Stream_MasksTheRange()
    {
        using var redactor = new StreamRedactor(AllRules, Plan(FindingAction.Alert, FindingAction.Mask));
        var output = new ArrayBufferWriter<byte>();
        Assert.True(redactor.Write(Bytes(Text[..20]), output));
        Assert.True(redactor.Write(Bytes(Text[20..]), output));
        Assert.True(redactor.Complete(output));
        Assert.DoesNotContain(Token[5..], Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_TextThatCannotBeRewritten_Blocks() => Assert.False(
        new TextInspection(AllRules, Plan(FindingAction.Alert, FindingAction.Block), null).Inspect(Bytes(Text), "a file"));

    [Theory]
    [InlineData(FindingAction.Alert, FindingAction.Mask, "password=", "aX9.")]
    [InlineData(FindingAction.Alert, FindingAction.Mask, "password=aX", "9.")]
    [InlineData(FindingAction.Mask, FindingAction.Alert, "password=", "")]
    public void Write_EventsThatSpellItTogether_MaskTheRange(FindingAction around, FindingAction token, string first, string second)
    {
        using var pair = new JoinerAndRedactor(AllRules, Plan(around, token));
        Assert.True(pair.Write(Bytes(Event("chat content", first) + Event("chat content", second + Token) + "data: [DONE]\n\n")));
        Assert.True(pair.Complete());
        Assert.DoesNotContain(Token[5..], pair.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_CarrierOfARequest_MasksTheRange()
    {
        var exchange = new Exchange
        {
            Id = "1",
            StartedAt = DateTimeOffset.UnixEpoch,
            Agent = new AgentIdentity("ada", 1, MayBind: false, "ada"),
            Destination = new Destination("https", "tool.example", 443),
            Target = "/",
        };
        var edits = new List<Splice.Edit>();
        var refusal = new CarrierInspection(exchange, Plan(FindingAction.Alert, FindingAction.Mask), new Binder(null!, exchange), AllRules).Inspect(
            Bytes(Text), [Around], static (_, _) => null, null, static (_, _) => false, static _ => (Carrier.Body, "/a"), edits);
        Assert.Null(refusal);
        Assert.Equal((9, Text.Length - 9), (Assert.Single(edits).Start, edits[0].Length));
    }

    private static RedactionPlan Plan(FindingAction around, FindingAction token) => MaskAll with
    {
        Rule = around,
        Rules = new Dictionary<string, FindingAction> { [TokenRule] = token }.ToFrozenDictionary(),
    };
}
