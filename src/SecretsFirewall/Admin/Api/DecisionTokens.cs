using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SecretsFirewall.Admin.Api;

/// <summary>What a decision token says.</summary>
/// <param name="Id">Of the decision.</param>
internal sealed record DecisionClaims(string Id, string Agent, string Fingerprint, DateTimeOffset ExpiresAt);

/// <summary>
/// Decision tokens: JWTs (RFC 7519) signed with ES256 (RFC 7518 section 3.4), for programs that carry a yes from who asks to who acts. The key lives as long as the
/// process and is written nowhere: after a restart the token is asked for anew, and what was used stays used, since that is in the store.
/// </summary>
internal sealed class DecisionTokens : IDisposable
{
    private const string Header = """{"alg":"ES256","typ":"JWT"}""";

    private const string Issuer = "sfw";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Sign(DecisionClaims claims, DateTimeOffset now)
    {
        var payload = JsonSerializer.Serialize(
            new DecisionPayload(Issuer, claims.Agent, claims.Id, claims.Fingerprint, now.ToUnixTimeSeconds(), claims.ExpiresAt.ToUnixTimeSeconds()), ApiJson.Default.DecisionPayload);
        var signed = $"{Encode(Header)}.{Encode(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(_key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))}";
    }

    /// <summary>Null for what this process has not signed, as it stands. Whether it has expired is for the caller to say.</summary>
    public DecisionClaims? Read(string token)
    {
        // The header is compared and not read: no algorithm is chosen by what was sent.
        if (token.Length > 2048 || token.Split('.') is not [var header, var payload, var signature] || header != Encode(Header))
        {
            return null;
        }

        try
        {
            if (!_key.VerifyData(
                Encoding.ASCII.GetBytes($"{header}.{payload}"), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
            {
                return null;
            }

            var claims = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(payload), ApiJson.Default.DecisionPayload)!;
            return new DecisionClaims(claims.Jti, claims.Sub, claims.Fingerprint, DateTimeOffset.FromUnixTimeSeconds(claims.Exp));
        }
        catch (Exception e) when (e is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    public void Dispose() => _key.Dispose();

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}

/// <summary>The registered claims, and the action's fingerprint.</summary>
internal sealed record DecisionPayload(string Iss, string Sub, string Jti, string Fingerprint, long Iat, long Exp);
