using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using SecretsFirewall.Model;

namespace SecretsFirewall.Interception;

/// <summary>
/// What an authority can vouch for (RFC 5280 section 4.2.1.10): these domains with all that lies below them, and these addresses; nothing else.
/// A constraint cannot say "this host and nothing below it". Whoever has the authority's key can make clients believe no other name.
/// </summary>
internal sealed record NameConstraints(IReadOnlyList<string> Domains, IReadOnlyList<IPAddress> Addresses)
{
    private const string Oid = "2.5.29.30";

    private static readonly Asn1Tag Permitted = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Excluded = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag IpAddress = new(TagClass.ContextSpecific, 7);

    /// <param name="names">Domains and addresses as <see cref="HostName"/> spells them; at least one domain, or every name would be permitted.</param>
    public static NameConstraints For(IReadOnlyCollection<string> names)
    {
        var constraints = new NameConstraints(
            [.. names.Where(static name => !IPAddress.TryParse(name, out _))], [.. names.Where(static name => IPAddress.TryParse(name, out _)).Select(IPAddress.Parse)]);
        return constraints.Domains.Count > 0 ? constraints : throw new ArgumentException("Without a domain, every one would be permitted.", nameof(names));
    }

    /// <summary>Those of a certificate; null where it has none.</summary>
    public static NameConstraints? Of(X509Certificate2 certificate)
    {
        if (certificate.Extensions.FirstOrDefault(static one => one.Oid?.Value == Oid) is not { } extension)
        {
            return null;
        }

        var (domains, addresses) = (new List<string>(), new List<IPAddress>());
        var permitted = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence().ReadSequence(Permitted);
        while (permitted.HasData)
        {
            var name = permitted.ReadSequence();
            if (name.PeekTag().HasSameClassAndValue(DnsName))
            {
                domains.Add(name.ReadCharacterString(UniversalTagNumber.IA5String, DnsName));
            }
            else
            {
                var bytes = name.ReadOctetString(IpAddress);
                addresses.Add(new IPAddress(bytes.AsSpan(0, bytes.Length / 2)));
            }
        }

        return new NameConstraints(domains, addresses);
    }

    /// <summary>Whether a normalised host is permitted.</summary>
    public bool Permits(string host) =>
        IPAddress.TryParse(host, out var address) ? Addresses.Contains(address) : Domains.Any(domain => HostName.IsUnder(host, domain));

    public X509Extension ToExtension()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(Permitted))
            {
                foreach (var domain in Domains)
                {
                    using (writer.PushSequence())
                    {
                        writer.WriteCharacterString(UniversalTagNumber.IA5String, domain, DnsName);
                    }
                }

                foreach (var address in Addresses)
                {
                    var bytes = address.GetAddressBytes();
                    WriteAddresses(writer, [.. bytes, .. Enumerable.Repeat((byte)0xff, bytes.Length)]);
                }
            }

            // A kind of name that nothing permits is not constrained at all. Some permitted address constrains all of them.
            if (Addresses.Count == 0)
            {
                using (writer.PushSequence(Excluded))
                {
                    WriteAddresses(writer, new byte[8]); // 0.0.0.0/0
                    WriteAddresses(writer, new byte[32]); // ::/0
                }
            }
        }

        return new X509Extension(Oid, writer.Encode(), critical: true);
    }

    private static void WriteAddresses(AsnWriter writer, byte[] addressAndMask)
    {
        using (writer.PushSequence())
        {
            writer.WriteOctetString(addressAndMask, IpAddress);
        }
    }
}
