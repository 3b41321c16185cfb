using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Masks and binds in the request's target and header fields. One scan covers them all; only a head with findings costs more.
/// <c>Authorization: Basic</c> is decoded first, since both values and references may stand inside.
/// </summary>
internal static class RequestHeadInspection
{
    private const string Basic = "Basic ";

    public static Refusal? Inspect(HttpContext context, Exchange exchange, DetectionSnapshot detection, CarrierInspection inspection, Audience audience)
    {
        if (InspectFixedParts(exchange, detection) is { } blocked)
        {
            return blocked;
        }

        var headers = context.Request.Headers;
        using var head = HeadText.Of(exchange.Target, headers);
        var found = new List<Detection>();
        detection.Find(head.Text, found);
        if (InspectCrossing(exchange, head, found) is { } crossing)
        {
            return crossing;
        }

        if (TryDecodeBasic(headers.Authorization, out var credentials))
        {
            var inCoded = found.FindAll(one => head.PartAt((int)one.Start).Name.Equals("Authorization", StringComparison.OrdinalIgnoreCase));
            var inDecoded = new List<Detection>();
            detection.Find(credentials, inDecoded);

            // Credentials that were registered in their coded form stand there as they are: what they decode to would hide them.
            if (inDecoded.Count > 0 && (HasRegistered(inDecoded) || !HasRegistered(inCoded)))
            {
                if (InspectBasic(credentials, inDecoded, headers, inspection, audience) is { } refused)
                {
                    return refused;
                }

                found.RemoveAll(inCoded.Contains); // settled
            }
        }

        return found.Count == 0 ? null : InspectParts(exchange, headers, head, found, inspection, audience);
    }

    /// <summary>Any token is a method and any label a host: values can stand there, and neither can be rewritten.</summary>
    private static Refusal? InspectFixedParts(Exchange exchange, DetectionSnapshot detection)
    {
        var found = new List<Detection>();
        detection.Find(Encoding.Latin1.GetBytes($"{exchange.Method} {exchange.Destination.Host}"), found);
        var labels = exchange.Destination.Host.Split('.');
        if (labels.Length > 2 && !found.Exists(IsSecret))
        {
            // A label holds 63 letters: a longer value, or its hex, goes over several.
            detection.Find(Encoding.Latin1.GetBytes(string.Concat(labels)), found);
            found.RemoveAll(static one => one.Kind is FindingKind.Rule); // letters that meet by chance
        }

        return found.Find(IsSecret) is { Length: > 0 } secret
            ? Block(exchange, secret, Carrier.Target, "method or host", "A secret stands in the request's method or host.")
            : null;

        static bool IsSecret(Detection one) => one.Kind is FindingKind.Canary or FindingKind.Registered or FindingKind.Rule or FindingKind.Unread;
    }

    /// <summary>
    /// A line end in an encoded text is no letter of it, so a finding may go on from one field into the next one's name. No part can be replaced
    /// by itself: what is surely a secret is refused. What less sure rules read across fields is chance, and forgotten.
    /// </summary>
    private static Refusal? InspectCrossing(Exchange exchange, HeadText head, List<Detection> found)
    {
        if (found.Find(one => Crosses(one) && IsSure(one)) is { Length: > 0 } secret)
        {
            return Block(exchange, secret, Carrier.HeaderValue, "*", "A secret stands in several header fields together.");
        }

        found.RemoveAll(Crosses);
        return null;

        bool Crosses(Detection one) => one.End > head.PartAt((int)one.Start).End;

        static bool IsSure(Detection one) =>
            one.Kind is FindingKind.Canary or FindingKind.Registered or FindingKind.Unread || one is { Kind: FindingKind.Rule, Confidence: RuleConfidence.High };
    }

    private static Refusal Block(Exchange exchange, in Detection secret, Carrier carrier, string location, string why)
    {
        exchange.Add(new Finding(secret.Kind, secret.Rule, secret.Name, carrier, location, FindingAction.Block));
        return Blocking.Explain(secret, why);
    }

    private static Refusal? InspectParts(
        Exchange exchange, IHeaderDictionary headers, HeadText head, List<Detection> found, CarrierInspection inspection, Audience audience)
    {
        foreach (var group in found.GroupBy(one => head.PartAt((int)one.Start)).ToList())
        {
            var part = group.Key;
            var detections = group.Select(one => one with { Start = one.Start - part.ValueStart }).ToList();
            if (detections.Find(one => one.Start < 0) is { Length: > 0 } inName)
            {
                return Block(exchange, inName, Carrier.HeaderName, "*", "A secret stands in a header's name.");
            }

            if (part.Name.Equals("Host", StringComparison.OrdinalIgnoreCase)
                && detections.Find(static one => one.Kind is FindingKind.Canary or FindingKind.Registered or FindingKind.Rule) is { Length: > 0 } inHost)
            {
                return Block(exchange, inHost, Carrier.HeaderValue, "Host", "A secret stands in the request's host."); // the destination's name in its own spelling
            }

            var value = head.Text[part.ValueStart..part.End];
            var edits = new List<Splice.Edit>();
            var isTarget = part.Name.Length == 0;
            var refusal = inspection.Inspect(
                value,
                detections,
                isTarget ? QueryPlace : (text, _) => new Place(BindingPlace.Header, part.Name, 0, text.Length, text.ToArray()),
                ofUntouchable: null,
                isTarget ? (text, one) => audience.IsAtHome(text, one, AuthenticationPlaces.OfTarget(text, (int)one.Start)) : IsFieldAtHome,
                _ => isTarget ? (Carrier.Target, "target") : (Carrier.HeaderValue, part.Name),
                edits);
            if (refusal is not null)
            {
                return refusal;
            }

            if (edits.Count == 0)
            {
                continue;
            }

            var changed = Apply(value, edits);
            if (isTarget)
            {
                exchange.Target = changed;
            }
            else
            {
                headers[part.Name] = WithValue(headers[part.Name], part.Index, changed);
            }

            // The field's name is what some rules know a value by.
            bool IsFieldAtHome(ReadOnlySpan<byte> text, Detection one) => audience.IsAtHome(
                head.Text[part.Start..part.End], one with { Start = one.Start + part.ValueStart - part.Start }, AuthenticationPlaces.OfHeader(part.Name));
        }

        return null;
    }

    private static bool HasRegistered(List<Detection> found) => found.Exists(static one => one.Kind is FindingKind.Canary or FindingKind.Registered);

    private static Refusal? InspectBasic(
        byte[] decoded, List<Detection> found, IHeaderDictionary headers, CarrierInspection inspection, Audience audience)
    {
        var edits = new List<Splice.Edit>();
        var refusal = inspection.Inspect(
            decoded,
            found,
            (text, _) => new Place(BindingPlace.Header, "Authorization", 0, text.Length, text.ToArray()),
            ofUntouchable: null,
            (text, one) => audience.IsAtHome(text, one, AuthenticationPlace.Header),
            _ => (Carrier.HeaderValue, "Authorization"),
            edits);
        if (refusal is null && edits.Count > 0)
        {
            using var changed = new PooledOutput();
            Splice.Apply(decoded, edits, changed);
            headers.Authorization = BasicCredentials.Encode(changed.Written.Span[Basic.Length..]);
        }

        return refusal;
    }

    /// <summary><c>Basic user:password</c>, the credentials decoded, as a binding's format writes it.</summary>
    private static bool TryDecodeBasic(StringValues authorization, out byte[] decoded)
    {
        decoded = [];
        if (authorization.Count != 1 || !BasicCredentials.TryDecode(authorization[0]!, out var credentials))
        {
            return false;
        }

        decoded = [.. "Basic "u8, .. credentials];
        return true;
    }

    private static Place? QueryPlace(ReadOnlySpan<byte> target, Detection found)
    {
        var query = target.IndexOf((byte)'?');
        return query < 0 || found.Start <= query ? null : Place.InPairs(BindingPlace.Query, target, query + 1, (int)found.Start);
    }

    private static string Apply(ReadOnlySpan<byte> value, List<Splice.Edit> edits)
    {
        using var changed = new PooledOutput();
        Splice.Apply(value, edits, changed);
        return Encoding.Latin1.GetString(changed.Written.Span);
    }

    private static StringValues WithValue(StringValues values, int index, string value)
    {
        var changed = values.ToArray();
        changed[index] = value;
        return changed;
    }
}
