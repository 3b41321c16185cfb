using SecretsFirewall.Bundles;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class ShippedPolicyTests
{
    [Theory]
    [InlineData("default")]
    [InlineData("strict")]
    [InlineData("observe")]
    public void Load_ShippedPolicy_HasNoErrorsAndPassesItsCases(string name)
    {
        var snapshot = PolicyLoader.Load(Repository.Files(name), out var errors, PolicyRules.Ids(ShippedRules.Set), basis: ShippedBasis.Basis);

        Assert.Empty(errors.Select(error => error.ToString()));
        Assert.Equal(name, snapshot?.Name);
    }

    [Fact]
    public void Export_Schema_EqualsTheCommittedOne()
    {
        var path = Path.Combine(Repository.Policies, "policy.schema.json");
        var exported = PolicySchema.Export();
        if (Environment.GetEnvironmentVariable("SFW_WRITE_SCHEMA") == "1")
        {
            File.WriteAllText(path, exported);
        }

        Assert.Equal(exported, File.ReadAllText(path));
    }
}
