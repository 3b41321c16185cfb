using SecretsFirewall.Bundles;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

public sealed class ShippedPolicyTests
{
    [Theory]
    [InlineData("default")]
    [InlineData("strict")]
    [InlineData("observe")]
    [InlineData("guarded")]
    public void Load_ShippedPolicy_HasNoErrorsAndPassesItsCases(string name)
    {
        var snapshot = PolicyLoader.Load(Repository.Files(name), out var errors, PolicyRules.Ids(ShippedRules.Set), basis: ShippedBasis.Basis);

        Assert.Empty(errors.Select(error => error.ToString()));
        Assert.Equal(name, snapshot?.Name);
    }

    [Theory]
    [InlineData("guarded", "cases.json")]
    [InlineData("guarded", "destinations.json")]
    [InlineData("guarded", "detection.json")]
    [InlineData("guarded", "redaction.json")]
    [InlineData("observe", "destinations.json")]
    [InlineData("observe", "detection.json")]
    [InlineData("observe", "redaction.json")]
    public void Files_ThatAreAsThoseOfDefault_DoNotDrift(string name, string file)
    {
        string Read(string policy) => File.ReadAllText(Path.Combine(Repository.Policies, policy, file));

        Assert.Equal(Read("default").Replace("policies/default/", $"policies/{name}/", StringComparison.Ordinal), Read(name));
    }

    // Allow-lists in homes that are there count on it that what they do not name is withheld.
    [Fact]
    public void Default_SaysNothingAboutToolCalls_SoThatNobodyLooksForThem()
    {
        Assert.False(Repository.Load("default").GatesToolCalls);
        Assert.All(["strict", "guarded", "observe"], name => Assert.True(Repository.Load(name).GatesToolCalls));
        Assert.Equal(PolicyMode.Observe, Repository.Load("observe").Mode);
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
