using System.Buffers;
using System.Text.Unicode;
using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>What a binding must look like, and which values its place can carry. Pure.</summary>
internal static class BindingRules
{
    private const int MaxTextLength = 1024;

    // RFC 9110 section 5.6.2.
    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> Method = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    private static readonly SearchValues<char> AccessKeyId =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static readonly SearchValues<char> AgentName = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_.-");

    // They steer the connection or the message's framing, or are the proxy's own.
    private static readonly string[] SteeringHeaders =
        ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect", "HTTP2-Settings", "Content-Encoding", "Via"];

    private static readonly string[] SteeringPrefixes = ["Proxy-", "X-SFW-", "Sec-"];

    /// <summary>Checks everything but the secret's value; <paramref name="normal"/> has the host in its one spelling and the defaults filled in.</summary>
    public static VaultError Normalise(SecretBinding binding, out SecretBinding normal)
    {
        normal = binding;
        if (HostName.TryNormalise(binding.Host, out var host) != HostNameError.None)
        {
            return VaultError.HostInvalid;
        }

        var isHeader = binding.Place == BindingPlace.Header;
        normal = binding with { Host = host, Format = binding.Format.Length == 0 ? "{}" : binding.Format };
        return binding switch
        {
            { Port: < 1 or > 65535 } => VaultError.PortInvalid,
            { Agent: { } agent } when !IsAgentName(agent) => VaultError.AgentInvalid,
            _ when binding.Methods.Any(static m => !IsMethod(m)) => VaultError.MethodInvalid,
            { PathPrefix: { } path } when !IsPathPrefix(path) => VaultError.PathInvalid,
            { MaxOccurrences: < 1 } => VaultError.MaxInvalid,
            _ when CheckKey(binding) is var error and not VaultError.None => error,
            _ when isHeader && !IsFormat(normal.Format) => VaultError.FormatInvalid,
            { Place: BindingPlace.SigV4 } => normal.Format == SecretBinding.SigningFormat(normal.SessionToken) ? VaultError.None : VaultError.FormatForbidden,
            _ when !isHeader && normal.Format != "{}" => VaultError.FormatForbidden,
            _ => VaultError.None,
        };
    }

    /// <summary>Whether the value can stand in the binding's place at all; a place with an escape for every byte (query, form) takes any.</summary>
    public static bool CanCarry(SecretBinding binding, ReadOnlySpan<byte> value) => binding.Place switch
    {
        BindingPlace.Header => IsFieldValue(value),
        BindingPlace.Json => Utf8.IsValid(value),
        BindingPlace.SigV4 => !value.IsEmpty && !value.ContainsAnyExceptInRange((byte)'!', (byte)'~'),
        _ => true,
    };

    /// <summary>Whether two bindings permit the same, whatever their ids and limits.</summary>
    public static bool IsSamePermission(this SecretBinding one, SecretBinding other) =>
        WithoutLimits(one) == WithoutLimits(other)
        && one.Methods.Order(StringComparer.Ordinal).SequenceEqual(other.Methods.Order(StringComparer.Ordinal));

    private static SecretBinding WithoutLimits(SecretBinding binding) =>
        binding with { Id = "", Methods = Array.Empty<string>(), MaxOccurrences = 1 };

    private static VaultError CheckKey(SecretBinding binding) => binding.Place switch
    {
        BindingPlace.Header when !IsToken(binding.Key) => VaultError.HeaderInvalid,
        BindingPlace.Header when IsSteering(binding.Key) => VaultError.HeaderForbidden,
        BindingPlace.Query when !IsText(binding.Key) => VaultError.QueryKeyInvalid,
        BindingPlace.Json when !IsJsonPointer(binding.Key) => VaultError.JsonPointerInvalid,
        BindingPlace.Form when !IsText(binding.Key) => VaultError.FormKeyInvalid,
        BindingPlace.SigV4 when !IsAccessKeyId(binding.Key) => VaultError.AccessKeyIdInvalid,
        _ => VaultError.None,
    };

    private static bool IsAgentName(string name) => name.Length is > 0 and <= 64 && !name.AsSpan().ContainsAnyExcept(AgentName);

    private static bool IsMethod(string method) => method.Length is > 0 and <= 32 && !method.AsSpan().ContainsAnyExcept(Method);

    private static bool IsToken(string name) => name.Length is > 0 and <= 256 && !name.AsSpan().ContainsAnyExcept(Token);

    private static bool IsSteering(string header) =>
        SteeringHeaders.Contains(header, StringComparer.OrdinalIgnoreCase)
        || SteeringPrefixes.Any(prefix => header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    // The pattern of AWS's own API reference (IAM, AccessKey); made-up ids of compatible services are as long.
    private static bool IsAccessKeyId(string id) => id.Length is >= 16 and <= 128 && !id.AsSpan().ContainsAnyExcept(AccessKeyId);

    private static bool IsText(string text) => text.Length is > 0 and <= MaxTextLength && !text.Any(char.IsControl);

    // RFC 6901: empty for the whole document, else every token behind a slash, '~' only as ~0 or ~1.
    private static bool IsJsonPointer(string pointer)
    {
        if (pointer.Length > MaxTextLength || (pointer.Length > 0 && pointer[0] != '/'))
        {
            return false;
        }

        for (var i = 0; i < pointer.Length; i++)
        {
            if (char.IsControl(pointer[i]) || (pointer[i] == '~' && (i + 1 == pointer.Length || pointer[i + 1] is not ('0' or '1'))))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsPathPrefix(string path) =>
        path.Length <= MaxTextLength
        && path.StartsWith('/')
        && !path.AsSpan().ContainsAny('?', '#', '\\')
        && !path.Any(static c => c is <= ' ' or >= '\x7f')
        && !path.Split('/').Any(static segment => segment is "." or "..");

    private static bool IsFormat(string format)
    {
        var at = format.IndexOf("{}", StringComparison.Ordinal);
        return at >= 0
            && format.Length <= MaxTextLength
            && format.IndexOf("{}", at + 1, StringComparison.Ordinal) < 0
            && format.All(static c => c is >= ' ' and < '\x7f')
            && format.Trim(' ') == format;
    }

    // RFC 9110 section 5.5: visible characters, obs-text, and blanks inside.
    private static bool IsFieldValue(ReadOnlySpan<byte> value)
    {
        foreach (var b in value)
        {
            if (b is (< 0x20 and not (byte)'\t') or 0x7f)
            {
                return false;
            }
        }

        return value.Length > 0 && value[0] is not ((byte)' ' or (byte)'\t') && value[^1] is not ((byte)' ' or (byte)'\t');
    }
}
