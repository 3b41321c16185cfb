using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>The host of a tunnel as it comes over the wire, with CONNECT and with SOCKS alike: one rule, so that no way in spells a host differently.</summary>
internal static class TargetHost
{
    public static bool TryRead(ReadOnlySpan<byte> bytes, out string host)
    {
        host = "";
        return !bytes.IsEmpty
            && !bytes.ContainsAnyExceptInRange((byte)0x21, (byte)0xfe)
            && bytes.IndexOfAny("@/?#\\"u8) < 0
            && System.Text.Unicode.Utf8.IsValid(bytes)
            && HostName.TryNormalise(Encoding.UTF8.GetString(bytes), out host) is HostNameError.None;
    }
}
