using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace SecretsFirewall.Model;

/// <summary>Why a text is not a host that we would name in a certificate, compare with a policy, or connect to.</summary>
public enum HostNameError
{
    None = 0,
    Empty,
    TooLong,

    /// <summary>A character, an empty label, or a label longer than 63 that no host name holds (RFC 1123 section 2.1, plus underscore).</summary>
    Malformed,

    /// <summary>The last label looks like a number but the whole is not an address (WHATWG URL, host parser).</summary>
    AmbiguousNumber,
}

/// <summary>
/// The one spelling of a host: lower case, no trailing dot, addresses in their canonical form (so that <c>0x7f.1</c>, <c>2130706433</c> and
/// <c>127.0.0.1.</c> are all <c>127.0.0.1</c>, and an IPv4-mapped address is the IPv4 one). Internationalised names come in their ASCII form
/// (<c>xn--</c>, RFC 5891), as URLs carry them; raw Unicode is malformed, so no two spellings can look alike to one reader and differ to another.
/// Everything that compares hosts compares this spelling.
/// </summary>
public static class HostName
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>Normalises <paramref name="text"/>, with or without the brackets of an IPv6 literal. A zone (<c>%eth0</c>) is malformed.</summary>
    public static HostNameError TryNormalise(ReadOnlySpan<char> text, out string host)
    {
        host = "";
        if (text.IsEmpty)
        {
            return HostNameError.Empty;
        }

        if (text.Length > 255)
        {
            return HostNameError.TooLong;
        }

        if (text[0] == '[' || text.Contains(':'))
        {
            return NormaliseIPv6(text, out host);
        }

        var ascii = (text[^1] == '.' ? text[..^1] : text).ToString().ToLowerInvariant();

        if (!HasValidLabels(ascii))
        {
            return HostNameError.Malformed;
        }

        var lastLabel = ascii.AsSpan(ascii.LastIndexOf('.') + 1);
        if (LooksNumeric(lastLabel))
        {
            if (!IPAddress.TryParse(ascii, out var address) || address.AddressFamily != AddressFamily.InterNetwork)
            {
                return HostNameError.AmbiguousNumber;
            }

            ascii = address.ToString();
        }

        host = ascii;
        return HostNameError.None;
    }

    /// <summary>True if <paramref name="host"/> (already normalised) is <paramref name="domain"/> or one of its subdomains.</summary>
    public static bool IsUnder(string host, string domain) =>
        host.EndsWith(domain, StringComparison.Ordinal)
        && (host.Length == domain.Length || host[host.Length - domain.Length - 1] == '.');

    private static HostNameError NormaliseIPv6(ReadOnlySpan<char> text, out string host)
    {
        host = "";
        if (text[0] == '[')
        {
            if (text[^1] != ']')
            {
                return HostNameError.Malformed;
            }

            text = text[1..^1];
        }

        if (text.Contains('%') || !IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return HostNameError.Malformed;
        }

        host = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        return HostNameError.None;
    }

    private static bool HasValidLabels(ReadOnlySpan<char> ascii)
    {
        if (ascii.IsEmpty || ascii.Length > 253)
        {
            return false;
        }

        foreach (var range in ascii.Split('.'))
        {
            var label = ascii[range];
            if (label.IsEmpty || label.Length > 63 || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool LooksNumeric(ReadOnlySpan<char> label)
    {
        if (label.StartsWith("0x", StringComparison.Ordinal))
        {
            return !label[2..].ContainsAnyExcept(HexDigits);
        }

        return label.IndexOfAnyExceptInRange('0', '9') < 0;
    }
}
