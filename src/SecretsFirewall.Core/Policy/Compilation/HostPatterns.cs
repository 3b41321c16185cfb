using SecretsFirewall.Model;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>Hosts, domains and globs as a policy may write them. What cannot match any host, or matches too many, is an error.</summary>
internal static class HostPatterns
{
    /// <returns>The host as it is spelled everywhere; null after an error.</returns>
    public static string? Host(Placed<string> text, List<PolicyError> errors)
    {
        if (HostName.TryNormalise(text.Value, out var host) is not HostNameError.None and var fault)
        {
            errors.Add(text.Error($"Not a host name ({fault})."));
            return null;
        }

        return host;
    }

    public static string? Domain(Placed<string> text, List<PolicyError> errors)
    {
        if (Host(text, errors) is not { } domain)
        {
            return null;
        }

        if (!domain.Contains('.') && domain != "localhost")
        {
            errors.Add(text.Error("A whole top-level domain is too much."));
            return null;
        }

        return domain;
    }

    public static string? HostGlob(Placed<string> text, List<PolicyError> errors)
    {
        // With a letter for each star it must be a host name, spelled as we spell it.
        var lower = text.Value.ToLowerInvariant();
        var labels = lower.Split('.');
        if (HostName.TryNormalise(lower.Replace('*', 'a'), out var host) != HostNameError.None || host.Length != lower.Length || labels.Length < 3)
        {
            errors.Add(text.Error("Not a pattern of host names with at least three labels."));
            return null;
        }

        // Nobody's registered domain may be a guess.
        if (labels[^1].Contains('*') || labels[^2].Contains('*'))
        {
            errors.Add(text.Error("The last two labels must be literal."));
            return null;
        }

        return lower;
    }
}
