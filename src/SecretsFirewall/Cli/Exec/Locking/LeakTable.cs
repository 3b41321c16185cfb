using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>Reads attempts to connect out of packets: Ethernet, IPv4 (RFC 791) or IPv6 (RFC 8200), then TCP (RFC 9293) or UDP (RFC 768), of which DNS (RFC 1035).</summary>
internal sealed class LeakTable
{
    private const int EthernetHeader = 14;
    private const ushort EthernetIPv4 = 0x0800;
    private const ushort EthernetIPv6 = 0x86DD;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte SynAndAck = 0x12;
    private const byte Syn = 0x02;
    private const int DnsPort = 53;
    private const int DnsHeader = 12;

    private readonly Dictionary<(string Protocol, string Address, int Port, string? Name), int> _attempts = [];

    // The loopback interface shows each packet twice, going and coming: they differ in nothing.
    private readonly HashSet<(string Protocol, int From, string Address, int To, uint Number)> _seen = [];

    public List<Leak> ToList() =>
    [
        .. _attempts.Select(static one => new Leak(one.Key.Protocol, one.Key.Address, one.Key.Port, one.Key.Name, one.Value))
            .OrderBy(static leak => leak.Protocol, StringComparer.Ordinal)
            .ThenBy(static leak => leak.Name ?? leak.Address, StringComparer.Ordinal)
            .ThenBy(static leak => leak.Port),
    ];

    public void Add(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeader + 20)
        {
            return;
        }

        var packet = frame[EthernetHeader..];
        switch (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]))
        {
            case EthernetIPv4 when (packet[0] & 0x0F) * 4 is var header && packet.Length > header:
                AddSegment(packet[9], new IPAddress(packet.Slice(16, 4)), packet[header..]);
                break;
            case EthernetIPv6 when packet.Length > 40:
                AddSegment(packet[6], new IPAddress(packet.Slice(24, 16)), packet[40..]);
                break;
        }
    }

    private void AddSegment(byte protocol, IPAddress to, ReadOnlySpan<byte> segment)
    {
        var isTcp = protocol == Tcp && segment.Length >= 20 && (segment[13] & SynAndAck) == Syn;
        if (!isTcp && !(protocol == Udp && segment.Length >= 8))
        {
            return;
        }

        var (from, port) = (BinaryPrimitives.ReadUInt16BigEndian(segment), BinaryPrimitives.ReadUInt16BigEndian(segment[2..]));
        var question = isTcp ? null : Question(port, segment[8..]);
        if (IPAddress.IsLoopback(to) && question is null)
        {
            return; // an agent's own servers are not egress; a resolver of this machine would be
        }

        var number = isTcp ? BinaryPrimitives.ReadUInt32BigEndian(segment[4..])
            : segment.Length >= 10 ? BinaryPrimitives.ReadUInt16BigEndian(segment[8..]) : 0U;
        var name = isTcp ? "tcp" : "udp";
        if (_seen.Add((name, from, to.ToString(), port, number)))
        {
            var key = (name, to.ToString(), (int)port, question);
            _attempts[key] = _attempts.GetValueOrDefault(key) + 1;
        }
    }

    private static string? Question(int port, ReadOnlySpan<byte> message)
    {
        if (port != DnsPort || message.Length <= DnsHeader)
        {
            return null;
        }

        var name = new StringBuilder();
        var rest = message[DnsHeader..];
        while (rest.Length > 1 && rest[0] is > 0 and < 64 && rest.Length > rest[0])
        {
            name.Append(name.Length > 0 ? "." : "").Append(Encoding.ASCII.GetString(rest.Slice(1, rest[0])));
            rest = rest[(1 + rest[0])..];
        }

        return name.Length > 0 ? name.ToString() : null;
    }
}
