using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Tells what is presented to whom it belongs from what leaks. Credentials in a place of authentication are no leak
/// <list type="bullet">
/// <item>toward their provider's own hosts, or hosts that the policy adds;</item>
/// <item>toward any listed destination, if their format says nothing about whose they are; a cookie also toward an unlisted one, whose it is;</item>
/// <item>toward a package index, if they are some package index's.</item>
/// </list>
/// Registered values have their bindings instead.
/// </summary>
internal sealed class Audience(Exchange exchange, InForce inForce)
{
    /// <summary>The family of rules whose hosts nobody but the policy names.</summary>
    private const string PackageRegistries = "package-registries";

    private List<Detection>? _inside;

    /// <param name="text">Holds the finding at its start, with what names it.</param>
    public bool IsAtHome(ReadOnlySpan<byte> text, Detection found, AuthenticationPlace place)
    {
        if (place is AuthenticationPlace.None || found.Kind is not (FindingKind.Rule or FindingKind.Entropy) || !inForce.Policy.Detection.PassesAudience)
        {
            return false;
        }

        var isAtHome = IsAtProvider(text, found, inPath: place is AuthenticationPlace.Path)
            || (place is not AuthenticationPlace.Path
                && (exchange.Kind is not DestinationKind.Other || place is AuthenticationPlace.Cookie)
                && IsNobodyElses(found.Rule));
        return isAtHome && HoldsNothingElse(text.Slice((int)found.Start, found.Length));
    }

    // In the clear anybody on the way reads it; a listed destination in the clear is the operator's word.
    private bool IsAtProvider(ReadOnlySpan<byte> text, in Detection found, bool inPath) =>
        (exchange.Destination.IsTls || exchange.Kind is not DestinationKind.Other)
        && inForce.Audiences.IsAtHome(exchange.Destination.Host, text, (int)found.Start, found.Length, inPath);

    private bool IsNobodyElses(string id) =>
        inForce.Audiences.Find(id) is { } rule
        && (rule.IsAnyones || (exchange.Kind is DestinationKind.Registry && rule.Description.Family == PackageRegistries));

    /// <summary>
    /// What stands behind <c>Bearer</c>, or behind a name of the host's own, may be the token of another provider, whose rule then speaks for it.
    /// </summary>
    private bool HoldsNothingElse(ReadOnlySpan<byte> value)
    {
        _inside ??= [];
        inForce.Detection.Find(value, _inside);
        foreach (var one in _inside)
        {
            if (one.Kind is not FindingKind.Reference && !IsNobodyElses(one.Rule) && !IsAtProvider(value, one, inPath: false))
            {
                return false;
            }
        }

        return true;
    }
}
