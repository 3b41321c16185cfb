using System.Security.Cryptography;
using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>
/// AWS's side of a signature, written from its specification and sharing nothing with the product: it signs what a client would send, and
/// verifies what an upstream has received, S3's path encoded once and every other service's twice.
/// </summary>
internal static class SigV4Check
{
    public const string Unsigned = "UNSIGNED-PAYLOAD";

    /// <summary>A moment that an example may use; nobody here compares clocks.</summary>
    public const string Date = "20260830T123600Z";

    /// <summary>Verifies the signature over what arrived, in whichever form it came.</summary>
    public static void AssertSigned(RecordedRequest request, string accessKeyId, string secret)
    {
        var authorization = request.Header("Authorization");
        var query = Pairs(request.Target);
        var isPresigned = authorization is null;
        var parts = isPresigned
            ? query.Where(pair => pair.Name.StartsWith("X-Amz-", StringComparison.Ordinal)).ToDictionary(pair => pair.Name["X-Amz-".Length..], pair => Uri.UnescapeDataString(pair.Value))
            : authorization!["AWS4-HMAC-SHA256 ".Length..].Split(',').Select(part => part.Trim().Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        var credential = parts["Credential"];
        Assert.StartsWith(accessKeyId + "/", credential, StringComparison.Ordinal);
        var scope = credential[(accessKeyId.Length + 1)..];
        var isS3 = scope.Split('/')[2] == "s3";
        var declared = request.Header("X-Amz-Content-Sha256");
        var bodyHash = Convert.ToHexStringLower(SHA256.HashData(request.Body));
        if (declared is { Length: 64 })
        {
            Assert.Equal(bodyHash, declared);
        }

        var payload = declared ?? (isPresigned && isS3 ? Unsigned : bodyHash);
        var date = isPresigned ? parts["Date"] : request.Header("X-Amz-Date")!;
        var target = isPresigned ? request.Target.Split('?')[0] + "?" + string.Join('&', query.Where(pair => pair.Name != "X-Amz-Signature").Select(pair => $"{pair.Name}={pair.Value}")) : request.Target;
        var expected = Signature(
            request.Method, target, name => name == "host" ? request.Header("Host") ?? request.Authority : request.Header(name) ?? "", parts["SignedHeaders"].Split(';'), payload, date, scope, secret, isS3);
        Assert.Equal(expected, parts["Signature"]);
    }

    public static string Signature(
        string method, string target, Func<string, string> header, IReadOnlyList<string> signedHeaders, string payloadHash, string date, string scope, string secret, bool isS3)
    {
        var path = Encode(Decode(target.Split('?')[0]), "/");
        var canonical = string.Join('\n',
        [
            method,
            isS3 ? path : Encode(Encoding.Latin1.GetBytes(path), "/"),
            string.Join('&', Pairs(target).Select(pair => $"{Encode(Decode(pair.Name), "")}={Encode(Decode(pair.Value), "")}").Order(StringComparer.Ordinal)),
            .. signedHeaders.Select(name => $"{name}:{string.Join(' ', header(name).Split(' ', StringSplitOptions.RemoveEmptyEntries))}"),
            "",
            string.Join(';', signedHeaders),
            payloadHash,
        ]);
        var text = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.Latin1.GetBytes(canonical)))}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), (key, part) => HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(part)));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text)));
    }

    private static List<(string Name, string Value)> Pairs(string target) => target.IndexOf('?') is var at and >= 0
        ? [.. target[(at + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair.Length > 1 ? pair[1] : ""))]
        : [];

    private static byte[] Decode(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                bytes.Add(Convert.FromHexString(text.AsSpan(i + 1, 2))[0]);
                i += 2;
            }
            else
            {
                bytes.Add((byte)text[i]);
            }
        }

        return [.. bytes];
    }

    private static string Encode(byte[] bytes, string keep) => string.Concat(bytes.Select(b =>
        char.IsAsciiLetterOrDigit((char)b) || "-._~".Contains((char)b) || keep.Contains((char)b) ? ((char)b).ToString() : $"%{b:X2}"));
}
