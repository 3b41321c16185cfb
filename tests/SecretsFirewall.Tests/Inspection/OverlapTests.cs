using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.Rules;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

public class OverlapTests
{
    [Fact]
    public void Find_NestedSecrets_AreOneRangeUnderTheOuterName()
    {
        var snapshot = Snapshot(("inner", "middle12"), ("outer", "xx-middle12-yy"));
        Assert.Equal("a SECRET_REF(outer) b SECRET_REF(inner) c", snapshot.MaskWhole("a xx-middle12-yy b middle12 c"));
    }

    [Fact]
    public void Find_OneSecretThePrefixOfAnother_TakesTheLongest()
    {
        var snapshot = Snapshot(("short", "abcd1234"), ("long", "abcd1234efgh"));
        Assert.Equal("SECRET_REF(long) SECRET_REF(short)ef", snapshot.MaskWhole("abcd1234efgh abcd1234ef"));
    }

    [Fact]
    public void Find_PartialOverlap_IsOneRangeUnderTheLeftmostName()
    {
        var snapshot = Snapshot(("left", "aaaa1111bbbb"), ("right", "bbbb2222cccc"));
        Assert.Equal("<SECRET_REF(left)>", snapshot.MaskWhole("<aaaa1111bbbb2222cccc>"));
    }

    [Fact]
    public void Find_Adjacent_AreTwoRanges()
    {
        var snapshot = Snapshot(("left", "aaaa1111"), ("right", "bbbb2222"));
        Assert.Equal("SECRET_REF(left)SECRET_REF(right)SECRET_REF(left)", snapshot.MaskWhole("aaaa1111bbbb2222aaaa1111"));
    }

    [Fact]
    public void Find_RegisteredValueInsideAToken_RegistryNamesTheWholeToken()
    {
        var token = AgentToken(new Random(1));
        var snapshot = Snapshot(("part", token[8..20]));
        var found = Assert.Single(snapshot.Find(Bytes($"<{token}>")));
        Assert.Equal((FindingKind.Registered, "part", 1, token.Length), (found.Kind, found.Name.Value, (int)found.Start, found.Length));
    }

    [Fact]
    public void Find_TwoRulesForOneRange_TheSurerNamesIt()
    {
        var rules = new[] { "a-generic", "b-exact" }.Select((id, i) => RuleSetLoader.LoadShipped(
            [RuleFiles.File($$"""
                { "schema": "rules/v1", "family": "f", "rules": [{ "id": "{{id}}", "provider": "p", "description": "d", "source": "s",
                  "confidence": "{{(i == 0 ? "low" : "high")}}", "literals": ["ourtok_"], "body": [{ "of": "hex", "length": 16 }], {{RuleFiles.Examples}} }] }
                """)],
            out _)!.Rules[0]).ToList();
        var found = Assert.Single(DetectionSnapshot.Build([], new byte[32], rules).Find(Bytes("<ourtok_" + "0123456789abcdef>")));
        Assert.Equal("b-exact", found.Rule);
    }

    [Fact]
    public void Find_SecretThatOverlapsItself_IsOneRange()
    {
        var snapshot = Snapshot(("a", "ab12ab12"));
        Assert.Equal("SECRET_REF(a)", snapshot.MaskWhole("ab12ab12ab12ab12ab12"));
    }

    [Fact]
    public void Find_TwoSecretsInOneBase64Quad_AreOneRange()
    {
        // The second begins in the quad in which the first ends: replacing them apart would leave bytes of one as the other's neighbour.
        var random = new Random(2);
        var (first, second) = (Token(random, 17), Token(random, 17));
        var text = Convert.ToBase64String(Bytes($"xx{first}{second}yy"));
        var snapshot = Snapshot(("first", first), ("second", second));
        Assert.Single(snapshot.Find(Bytes(text)));
        Assert.Matches("^xxSECRET_REF\\(first\\) *yy$", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(snapshot.MaskWhole(text))));
    }

    [Theory]
    [InlineData(FindingKind.Registered)]
    [InlineData(FindingKind.Rule)]
    [InlineData(FindingKind.Entropy)]
    [InlineData(FindingKind.Reference)]
    public void Resolve_UnreadStretchThatOverlapsAFinding_IsUnreadAndBlocks(FindingKind kind)
    {
        Detection[] found = [One(kind, 4, 8), One(FindingKind.Unread, 10, 20), One(kind, 28, 8)];
        foreach (var order in new[] { found, [.. found.Reverse()] })
        {
            var one = Assert.Single(Resolve([.. order]));
            Assert.Equal((FindingKind.Unread, 4, 36), (one.Kind, one.Start, one.End));
            Assert.Equal(FindingAction.Block, MaskAll.For(one.Kind, one.Rule, one.Name));
        }
    }

    [Fact]
    public void Resolve_UnreadStretchBesideAFinding_LeavesItAlone() => Assert.Equal(
        [FindingKind.Rule, FindingKind.Unread],
        Resolve([One(FindingKind.Rule, 4, 8), One(FindingKind.Unread, 12, 20)]).Select(one => one.Kind));

    [Fact]
    public void Resolve_UnreadStretchInsideAPlaceholder_IsNotTakenForItsText() => Assert.Equal(
        FindingKind.Unread,
        Assert.Single(Resolve([One(FindingKind.Reference, 4, 20), One(FindingKind.Unread, 6, 4)])).Kind);

    [Fact]
    public void Resolve_CanaryInAnUnreadStretch_IsStillTold() => Assert.Equal(
        FindingKind.Canary,
        Assert.Single(Resolve([One(FindingKind.Unread, 0, 40), One(FindingKind.Canary, 4, 20)])).Kind);

    private static Detection One(FindingKind kind, int start, int length) =>
        new(start, length, kind, kind.ToString(), SecretName.Create("a"), ValueForm.Plain, 0);

    private static List<Detection> Resolve(List<Detection> detections)
    {
        Overlaps.Resolve(Bytes(new string(' ', 64)), detections, static _ => true, new AutoNames(new byte[32], []));
        return detections;
    }
}
