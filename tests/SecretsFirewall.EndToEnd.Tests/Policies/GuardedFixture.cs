using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.EndToEnd.Tests.Harness;

namespace SecretsFirewall.EndToEnd.Tests.Policies;

/// <summary>The default policy with the rules about commands that <c>guarded</c> has.</summary>
public sealed class GuardedFixture : FirewallFixture
{
    private protected override IReadOnlyDictionary<string, string> PolicyFiles() => new Dictionary<string, string>
    {
        ["commands.json"] = Encoding.UTF8.GetString(ShippedPolicies.Files("guarded").Single(file => file.Path == "commands.json").Content.Span),
    };
}
