namespace SecretsFirewall.Signing;

/// <summary>What a signing key is good for: one day, one region, one service (the <c>date/region/service/aws4_request</c> of a credential).</summary>
public readonly record struct SigV4Scope(string Date, string Region, string Service)
{
    internal const string Terminator = "aws4_request";

    private const int MostCharacters = 64;

    public override string ToString() => $"{Date}/{Region}/{Service}/{Terminator}";

    /// <summary>Reads <c>ACCESSKEYID/date/region/service/aws4_request</c>.</summary>
    public static bool TryParseCredential(string credential, out string accessKeyId, out SigV4Scope scope)
    {
        (accessKeyId, scope) = ("", default);
        if (credential.Split('/') is not [var id, { Length: 8 } date, var region, var service, Terminator]
            || id.Length == 0 || !id.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_') || !date.All(char.IsAsciiDigit) || !IsName(region) || !IsName(service))
        {
            return false;
        }

        (accessKeyId, scope) = (id, new SigV4Scope(date, region, service));
        return true;
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= MostCharacters && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
