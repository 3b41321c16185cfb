namespace SecretsFirewall.Protocols;

/// <summary>
/// Which messages are git's (gitprotocol-http). By path as well as by label, and pushes by their first line too: a server need not care for the label.
/// </summary>
public static class GitTraffic
{
    private const string ReceivePack = "git-receive-pack";
    private const int LengthDigits = 4;
    private const int Sha1Digits = 40;
    private const int Sha256Digits = 64;

    /// <summary>True for a request that sends commits.</summary>
    public static bool IsPush(string path, string? contentType) =>
        Uri.UnescapeDataString(path).TrimEnd('/').EndsWith(ReceivePack, StringComparison.OrdinalIgnoreCase)
        || IsType(contentType, "application/x-git-receive-pack-request");

    /// <summary>True for the answer to a fetch (references, or a pack), and for a pack as a server without git gives it out (gitprotocol-http, "dumb clients").</summary>
    public static bool IsFetchResult(string? contentType) =>
        IsType(contentType, "application/x-git-upload-pack-result") || IsType(contentType, "application/x-git-packed-objects");

    /// <summary>True for one object as it lies in a repository: zlib of its kind, its length and its content.</summary>
    public static bool IsLooseObject(string? contentType) => IsType(contentType, "application/x-git-loose-object");

    /// <summary>True for a question of a fetch.</summary>
    public static bool IsFetchRequest(string? contentType) => IsType(contentType, "application/x-git-upload-pack-request");

    /// <summary>True for a body that begins as a push does: <c>00a8</c>, old name, new name, reference; or what may stand before that.</summary>
    public static bool LooksLikePush(ReadOnlySpan<byte> body) =>
        LooksLikePush(body, Sha1Digits) || LooksLikePush(body, Sha256Digits)
        || (body.Length > LengthDigits && (body[LengthDigits..].StartsWith("shallow "u8) || body[LengthDigits..].StartsWith("push-cert"u8)));

    /// <summary>Of object names, in bytes, as the question of a fetch says.</summary>
    public static int HashBytes(ReadOnlySpan<byte> fetch) => fetch.IndexOf("object-format=sha256"u8) >= 0 ? Sha256Digits / 2 : Sha1Digits / 2;

    private static bool LooksLikePush(ReadOnlySpan<byte> body, int digits)
    {
        var names = LengthDigits + (2 * (digits + 1));
        if (body.Length < names || body[names - 1] != ' ' || body[names - digits - 2] != ' ')
        {
            return false;
        }

        for (var i = 0; i < names - 1; i++)
        {
            if (i != names - digits - 2 && !char.IsAsciiHexDigit((char)body[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsType(string? contentType, string type)
    {
        var value = contentType.AsSpan();
        return value[..(value.IndexOf(';') is var end and >= 0 ? end : value.Length)].Trim().Equals(type, StringComparison.OrdinalIgnoreCase);
    }
}
