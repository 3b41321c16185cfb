using System.Net;
using System.Net.Sockets;

namespace SecretsFirewall.Forwarding;

/// <summary>What kind of address a name resolved to.</summary>
internal enum AddressClass
{
    /// <summary>Special-purpose space that nothing should connect to: unspecified, multicast, documentation, reserved.</summary>
    Unusable = 0,

    /// <summary>A cloud's metadata service: hands out credentials to whoever can reach it. Never, whatever a rule says.</summary>
    Metadata,

    /// <summary>Loopback, private, link-local, shared: only where a rule says <c>allow_private</c>.</summary>
    Private,

    Public,
}

/// <summary>
/// Classifies addresses after unwrapping every form that holds an IPv4 address inside an IPv6 one (mapped, compatible, NAT64, 6to4).
/// Ranges: IANA special-purpose address registries (RFC 6890).
/// </summary>
internal static class AddressRules
{
    private static readonly HashSet<IPAddress> MetadataAddresses =
    [
        IPAddress.Parse("169.254.169.254"), // AWS, GCP, Azure, DigitalOcean, …
        IPAddress.Parse("169.254.170.2"), // AWS ECS
        IPAddress.Parse("169.254.170.23"), // AWS EKS
        IPAddress.Parse("100.100.100.200"), // Alibaba
        IPAddress.Parse("192.0.0.192"), // Oracle
        IPAddress.Parse("168.63.129.16"), // Azure wire server
        IPAddress.Parse("fd00:ec2::254"), // AWS IMDS
        IPAddress.Parse("fd00:ec2::23"), // AWS EKS
    ];

    private static readonly HashSet<string> MetadataNames =
        new(StringComparer.Ordinal) { "metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal" };

    private static readonly IPNetwork[] PrivateV4 =
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("198.18.0.0/15"),
    ];

    private static readonly IPNetwork[] UnusableV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("192.0.0.0/24"), IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("192.88.99.0/24"),
        IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("203.0.113.0/24"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"),
    ];

    private static readonly IPNetwork[] PrivateV6 =
        [IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("fec0::/10")];

    private static readonly IPNetwork[] UnusableV6 =
    [
        IPNetwork.Parse("::/128"), IPNetwork.Parse("100::/64"), IPNetwork.Parse("2001::/23"), IPNetwork.Parse("2001:db8::/32"),
        IPNetwork.Parse("3fff::/20"), IPNetwork.Parse("5f00::/16"), IPNetwork.Parse("ff00::/8"),
    ];

    /// <summary>A network's own NAT64 (RFC 8215).</summary>
    private static readonly IPNetwork LocalTranslation = IPNetwork.Parse("64:ff9b:1::/48");

    /// <summary>Names that mean a metadata service whatever they resolve to.</summary>
    public static bool IsMetadataName(string host) => MetadataNames.Contains(host);

    public static AddressClass Classify(IPAddress address)
    {
        if (MetadataAddresses.Contains(WithoutScope(address)))
        {
            return AddressClass.Metadata;
        }

        if (address.AddressFamily is AddressFamily.InterNetworkV6)
        {
            return TryUnwrap(address, out var inner) ? Classify(inner)
                : LocalTranslation.Contains(address) ? ClassifyTranslated(address)
                : Classify(address, PrivateV6, UnusableV6);
        }

        return Classify(address, PrivateV4, UnusableV4);
    }

    private static AddressClass Classify(IPAddress address, IPNetwork[] privateSpace, IPNetwork[] unusable) =>
        Array.Exists(unusable, network => network.Contains(address)) ? AddressClass.Unusable
        : Array.Exists(privateSpace, network => network.Contains(address)) ? AddressClass.Private
        : AddressClass.Public;

    /// <summary>Where the IPv4 address stands depends on the length of the network's prefix, which we do not know (RFC 6052 section 2.2).</summary>
    private static AddressClass ClassifyTranslated(IPAddress address)
    {
        var b = address.GetAddressBytes();
        IPAddress[] inner = [new(b[12..]), new([b[6], b[7], b[9], b[10]]), new([b[7], b[9], b[10], b[11]]), new(b[9..13])];
        return Array.Exists(inner, MetadataAddresses.Contains) ? AddressClass.Metadata : AddressClass.Private;
    }

    private static IPAddress WithoutScope(IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes()) : address;

    private static bool TryUnwrap(IPAddress address, out IPAddress inner)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        var mapped = bytes[..10].IndexOfAnyExcept((byte)0) < 0 && bytes[10] == 0xff && bytes[11] == 0xff;
        var compatible = bytes[..12].IndexOfAnyExcept((byte)0) < 0 && BitConverter.ToUInt32(bytes[12..]) is not 0 && !IPAddress.IPv6Loopback.Equals(address);
        var translated = bytes[..8].IndexOfAnyExcept((byte)0) < 0 && bytes[8..12].SequenceEqual((ReadOnlySpan<byte>)[0xff, 0xff, 0, 0]); // RFC 2765
        var nat64 = bytes[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]); // 64:ff9b::/96 (RFC 6052)
        var sixToFour = bytes[0] == 0x20 && bytes[1] == 0x02; // 2002::/16 (RFC 3056)

        inner = sixToFour ? new IPAddress(bytes.Slice(2, 4)) : new IPAddress(bytes[12..]);
        return mapped || compatible || translated || nat64 || sixToFour;
    }
}
