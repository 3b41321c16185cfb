using System.Collections.Immutable;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>What is said about a rule beside how it matches.</summary>
/// <param name="Id">Unique in a rule set; part of the name that masks.</param>
/// <param name="Family">The file's subject, such as <c>cloud</c>.</param>
/// <param name="Audience">The provider's own hosts, or <c>*.</c> and a domain, toward which the secret is at home. Always empty for package indexes.</param>
/// <param name="IsEnabled">A rule that is off loads, and its examples are checked, but nobody scans for it unless the policy says so.</param>
/// <param name="Source">The provider's page, or the line of facts that the rule rests on.</param>
public sealed record RuleDescription(
    string Id, string Family, string Provider, string Text, ImmutableArray<string> Audience, bool IsEnabled, string Source)
{
    internal const string AnySubdomain = "*.";

    /// <summary>The provider of formats that many use.</summary>
    internal const string NoProvider = "generic";

    /// <summary>The provider takes it in the path of a URL: there, toward its audience, it is in a place of authentication.</summary>
    public bool IsInPath { get; init; }

    /// <param name="host">Normalised.</param>
    public bool IsAudience(string host)
    {
        foreach (var own in Audience)
        {
            if (own.StartsWith(AnySubdomain, StringComparison.Ordinal) ? HostName.IsUnder(host, own[AnySubdomain.Length..]) : own == host)
            {
                return true;
            }
        }

        return false;
    }
}
