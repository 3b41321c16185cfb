using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>Whether a binding reaches a request at all, whatever its place: agent, method and path.</summary>
internal static class BindingReach
{
    public static bool Reaches(this SecretBinding binding, Exchange exchange) =>
        (binding.Agent is null || binding.Agent == exchange.Agent.Name)
        && (binding.Methods.Count == 0 || binding.Methods.Contains(exchange.Method))
        && (binding.PathPrefix is null || CoversPath(binding.PathPrefix, exchange.Path));

    /// <summary>Whole segments: <c>/repos</c> covers <c>/repos</c> and <c>/repos/x</c>, never <c>/repos-old</c>.</summary>
    private static bool CoversPath(string prefix, string path) =>
        path.StartsWith(prefix, StringComparison.Ordinal)
        && (prefix.EndsWith('/') || path.Length == prefix.Length || path[prefix.Length] == '/');
}
