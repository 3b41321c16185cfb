using SecretsFirewall.Policy;

namespace SecretsFirewall.Bundles;

/// <summary>What the executable brings to every policy: the files of <c>/policies/commands</c>, and <c>/policies/tools.json</c>.</summary>
internal static class ShippedBasis
{
    private const string Tools = "policies/tools.json";

    private static readonly Lazy<PolicyBasis> Loaded = new(static () => new PolicyBasis(ShippedCommands.Table, new PolicyFile("tools.json", ReadTools()), ShippedCommands.Operations));

    /// <summary>Loaded once, at the first call.</summary>
    public static PolicyBasis Basis => Loaded.Value;

    private static byte[] ReadTools()
    {
        using var source = typeof(ShippedBasis).Assembly.GetManifestResourceStream(Tools)!;
        var content = new byte[source.Length];
        source.ReadExactly(content);
        return content;
    }
}
