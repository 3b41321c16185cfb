using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Inspection.Rules;

public sealed class ShippedRulesTests
{
    [Fact]
    public void Load_ShippedRules_HasNoErrorsAndAnswersEveryExample() =>
        Assert.True(ShippedRules.Errors.Count == 0, string.Join('\n', ShippedRules.Errors));

    [Fact]
    public void Load_ShippedRules_AreAtLeast250() => Assert.True(ShippedRules.Set.Rules.Length >= 250);

    [Fact]
    public void Load_PackageIndexes_HaveNoAudience() =>
        Assert.All(ShippedRules.Set.Rules.Where(rule => rule.Description.Family == "package-registries"), rule => Assert.Empty(rule.Description.Audience));

    [Fact]
    public void Load_PersonalData_IsOffAndNothingElseIs() =>
        Assert.Equal(
            ShippedRules.Set.Rules.Where(rule => rule.Description.Family == "pii"),
            ShippedRules.Set.Rules.Except(ShippedRules.Set.Enabled));

    [Fact]
    public void Load_EveryRule_HasABoundAndAPositiveAndANegativeExample() =>
        Assert.All(ShippedRules.Set.Rules, rule =>
        {
            Assert.InRange(rule.MaxLength, 1, ShippedRules.Set.MaxLength);
            Assert.InRange(rule.Reach, 1, ShippedRules.Set.Reach);
            Assert.Contains(rule.MakeExamples(), example => example.MustMatch);
            Assert.Contains(rule.MakeExamples(), example => !example.MustMatch);
        });

    [Fact]
    public void MakeSecret_EveryRule_FindsWhatItMakesUpAndNoTwoAreEqual() =>
        Assert.All(ShippedRules.Set.Enabled, rule =>
        {
            var secret = rule.MakeSecret();
            Assert.NotNull(secret);
            Assert.NotEqual(secret, rule.MakeSecret());
            if (rule.Kind is RuleKind.Token)
            {
                Assert.Contains(Enumerable.Range(0, secret.Length), at => rule.Matches(secret, at, out var start, out var length, out _) && (start, length) == (0, secret.Length));
            }
        });

    [Fact]
    public void Export_Schema_EqualsTheCommittedOne()
    {
        var path = Path.Combine(Repository.Policies, "rules.schema.json");
        var exported = RuleSchema.Export();
        if (Environment.GetEnvironmentVariable("SFW_WRITE_SCHEMA") == "1")
        {
            File.WriteAllText(path, exported);
        }

        Assert.Equal(exported, File.ReadAllText(path));
    }
}
