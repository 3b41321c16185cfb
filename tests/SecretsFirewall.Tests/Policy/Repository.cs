using SecretsFirewall.Bundles;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Policy;

/// <summary>The files of <c>/policies</c> in the working copy that the tests were built from.</summary>
internal static class Repository
{
    public static string Policies { get; } = Path.Combine(Root(), "policies");

    public static List<PolicyFile> Files(string policy) =>
        [.. Directory.GetFiles(Path.Combine(Policies, policy), "*.json").Select(path => new PolicyFile(Path.GetFileName(path), File.ReadAllBytes(path)))];

    /// <summary>A shipped policy with the shipped rules.</summary>
    public static PolicySnapshot Load(string policy) => PolicyLoader.Load(Files(policy), out _, PolicyRules.Ids(ShippedRules.Set), basis: ShippedBasis.Basis)!;

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SecretsFirewall.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside of the working copy.");
        }

        return folder.FullName;
    }
}
