namespace SecretsFirewall.Signing;

/// <summary>
/// A target whose signature stands in its query (a presigned URL), taken apart: the parameters that make up the signature, and the rest byte
/// for byte.
/// </summary>
public sealed class PresignedTarget
{
    public const string SecurityToken = "X-Amz-Security-Token";

    private const string Credential = "X-Amz-Credential";
    private const string Signature = "X-Amz-Signature";
    private const string Algorithm = "X-Amz-Algorithm";
    private const string SignedHeaders = "X-Amz-SignedHeaders";
    private const string Date = "X-Amz-Date";

    private readonly Dictionary<string, string> _taken;

    private PresignedTarget(string rest, string withoutSignature, Dictionary<string, string> taken) =>
        (Rest, WithoutSignature, _taken) = (rest, withoutSignature, taken);

    /// <summary>The target without the parameters of the signature; its date and its life stay.</summary>
    public string Rest { get; }

    /// <summary>What the signature covers.</summary>
    public string WithoutSignature { get; }

    /// <summary>Null where a parameter is missing or malformed, or the algorithm is another one.</summary>
    public SigV4Claim? Claim =>
        _taken.GetValueOrDefault(Algorithm) == SigV4Claim.Algorithm
        && _taken.TryGetValue(Credential, out var credential)
        && _taken.TryGetValue(SignedHeaders, out var headers)
        && _taken.TryGetValue(Signature, out var signature)
            ? SigV4Claim.Create(credential, headers, signature)
            : null;

    public string? Token => _taken.GetValueOrDefault(SecurityToken);

    /// <summary>The key id of the credential, well formed or not; empty where the target is not presigned.</summary>
    public static string AccessKeyIdOf(string target) =>
        target.Contains("Credential", StringComparison.OrdinalIgnoreCase) ? Find(target, Credential)?.Split('/')[0] ?? "" : "";

    public static string? DateOf(string target) => Find(target, Date);

    /// <summary>Null where a parameter of the signature stands twice: nobody could say which one counts.</summary>
    /// <param name="takeToken">Take the session token out too.</param>
    public static PresignedTarget? TryParse(string target, bool takeToken)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = new List<string>();
        var covered = new List<string>();
        foreach (var pair in PairsOf(target))
        {
            var (name, value) = Split(pair);
            var isTaken = name is Algorithm or Credential or SignedHeaders or Signature || (takeToken && name == SecurityToken);
            if (isTaken && !taken.TryAdd(name, value))
            {
                return null;
            }

            if (!isTaken)
            {
                rest.Add(pair);
            }

            if (name != Signature)
            {
                covered.Add(pair);
            }
        }

        return rest.Count(static pair => Split(pair).Name == Date) == 1 ? new PresignedTarget(With(target, rest), With(target, covered), taken) : null;
    }

    /// <summary>Puts the parameters of a claim behind <paramref name="rest"/>; the signature is still missing.</summary>
    public static string Complete(string rest, SigV4Claim claim, string? token)
    {
        var pairs = PairsOf(rest);
        pairs.Add($"{Algorithm}={SigV4Claim.Algorithm}");
        pairs.Add($"{Credential}={Uri.EscapeDataString($"{claim.AccessKeyId}/{claim.Scope}")}");
        pairs.Add($"{SignedHeaders}={Uri.EscapeDataString(claim.SignedHeaderList)}");
        if (token is not null)
        {
            pairs.Add($"{SecurityToken}={Uri.EscapeDataString(token)}");
        }

        return With(rest, pairs);
    }

    public static string Sign(string completed, string signature) => $"{completed}&{Signature}={signature}";

    private static string? Find(string target, string name) => PairsOf(target).Select(Split).Where(pair => pair.Name == name).Select(static pair => pair.Value).FirstOrDefault();

    private static List<string> PairsOf(string target)
    {
        var question = target.IndexOf('?');
        return question < 0 ? [] : [.. target[(question + 1)..].Split('&')];
    }

    private static string With(string target, List<string> pairs)
    {
        var question = target.IndexOf('?');
        var path = question < 0 ? target : target[..question];
        return pairs.Count == 0 ? path : $"{path}?{string.Join('&', pairs)}";
    }

    private static (string Name, string Value) Split(string pair)
    {
        var equals = pair.IndexOf('=');
        return equals < 0 ? (Uri.UnescapeDataString(pair), "") : (Uri.UnescapeDataString(pair[..equals]), Uri.UnescapeDataString(pair[(equals + 1)..]));
    }
}
