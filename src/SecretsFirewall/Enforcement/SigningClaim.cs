using System.Globalization;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;
using SecretsFirewall.Signing;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// The AWS signature of a request (SigV4) as the agent made it, taken out of the request before anything is changed: out of the
/// <c>Authorization</c> field, or out of the query of a presigned URL. What it covers is kept as it came.
/// </summary>
/// <param name="Claim">Who signed, for which scope, over which fields.</param>
/// <param name="Covered">What the agent signed.</param>
/// <param name="Token">What it sent as the session token, where that was taken out too; null for none.</param>
internal sealed record SigningClaim(SigV4Claim Claim, SignableRequest Covered, string? Token, bool IsPresigned)
{
    public const string TokenField = "X-Amz-Security-Token";

    private const string DateField = "X-Amz-Date";

    /// <summary>By how much AWS lets clocks differ.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(15);

    /// <summary>The access key id that the request names, well formed or not; empty for what is not signed so.</summary>
    public static string AccessKeyIdOf(IHeaderDictionary headers, string target)
    {
        var inHeader = headers.Authorization.FirstOrDefault(static value => value is not null && value.StartsWith(SigV4Claim.Family, StringComparison.OrdinalIgnoreCase));
        return inHeader is null ? PresignedTarget.AccessKeyIdOf(target) : SigV4Claim.AccessKeyIdOf(inHeader);
    }

    /// <summary>Takes the signature out; null with what is wrong where it cannot be made anew.</summary>
    /// <param name="takeToken">Take the session token out too.</param>
    public static SigningClaim? Take(HttpContext context, Exchange exchange, bool takeToken, out string problem)
    {
        var headers = context.Request.Headers;
        var isPresigned = PresignedTarget.AccessKeyIdOf(exchange.Target).Length > 0;
        problem = "The request's AWS signature is malformed, or of a kind that is not made here: only AWS4-HMAC-SHA256 is.";
        if (isPresigned == headers.Authorization.Count > 0)
        {
            return null; // in both places, or in none
        }

        var presigned = isPresigned ? PresignedTarget.TryParse(exchange.Target, takeToken) : null;
        if ((isPresigned ? presigned?.Claim : SigV4Claim.ParseAuthorization(headers.Authorization.ToString())) is not { } claim)
        {
            return null;
        }

        var date = isPresigned ? PresignedTarget.DateOf(exchange.Target) : headers[DateField].ToString();
        if (date is null || !SignableRequest.IsTimestamp(date, claim.Scope))
        {
            problem = "The signed request has no X-Amz-Date, or one on another day than its credential.";
            return null;
        }

        if (!DateTimeOffset.TryParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var dated)
            || dated > exchange.StartedAt + MostAhead)
        {
            problem = "The signed request is dated ahead of our clock: AWS would not take it now, but whoever gets hold of it could use it then.";
            return null;
        }

        if (Fields(headers, claim.SignedHeaders) is not { } fields)
        {
            problem = "A signed field stands twice, which two readers would join in different ways.";
            return null;
        }

        var covered = new SignableRequest(exchange.Method, presigned?.WithoutSignature ?? exchange.Target, fields, date);
        var token = presigned is not null ? presigned.Token : takeToken && headers.TryGetValue(TokenField, out var sent) ? sent.ToString() : null;
        if (presigned is not null)
        {
            exchange.Target = presigned.Rest;
        }
        else
        {
            headers.Remove("Authorization");
            if (takeToken)
            {
                headers.Remove(TokenField);
            }
        }

        return new SigningClaim(claim, covered, token, isPresigned);
    }

    /// <summary>The claim over what leaves of the signed fields: those of this hop stay here.</summary>
    public SigV4Claim Leaving { get; } = Claim with { SignedHeaders = [.. Claim.SignedHeaders.Where(static name => !StaysHere(name))] };

    /// <summary>What that covers, as it stands now; null where the date has changed.</summary>
    public SignableRequest? CoveredNow(HttpContext context, Exchange exchange, string target)
    {
        var headers = context.Request.Headers;
        var date = IsPresigned ? PresignedTarget.DateOf(target) : headers[DateField].ToString();
        return date == Covered.Timestamp && Fields(headers, Leaving.SignedHeaders) is { } fields
            ? new SignableRequest(exchange.Method, target, fields, date)
            : null;
    }

    private static bool StaysHere(string name) =>
        name is "connection" or "expect" or "keep-alive" or "te" or "trailer" or "transfer-encoding" or "upgrade"
        || name.StartsWith("proxy-", StringComparison.Ordinal) || name.StartsWith("x-sfw-", StringComparison.Ordinal);

    private static List<KeyValuePair<string, string>>? Fields(IHeaderDictionary headers, IReadOnlyList<string> names)
    {
        var fields = new List<KeyValuePair<string, string>>();
        foreach (var name in names)
        {
            var values = headers[name];
            if (values.Count > 1)
            {
                return null;
            }

            fields.Add(KeyValuePair.Create(name, values.ToString()));
        }

        return fields;
    }
}
