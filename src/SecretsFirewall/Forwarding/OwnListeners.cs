using System.Net;
using System.Net.NetworkInformation;

namespace SecretsFirewall.Forwarding;

/// <summary>
/// Where we listen ourselves. An agent must never reach the admin plane, nor the proxy, through the proxy, whatever name or address it uses
/// and whatever a rule allows.
/// </summary>
internal sealed class OwnListeners
{
    private volatile int[] _ports = [];

    /// <summary>Adds a listener once its port is known.</summary>
    public void Add(IPEndPoint listener) => _ports = [.. _ports, listener.Port];

    public bool Contains(IPEndPoint endPoint) => _ports.Contains(endPoint.Port) && IsOurs(endPoint.Address);

    private static bool IsOurs(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(plain)
            || plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any)
            || NetworkInterface.GetAllNetworkInterfaces()
                .SelectMany(nic => nic.GetIPProperties().UnicastAddresses)
                .Any(own => own.Address.Equals(plain));
    }
}
