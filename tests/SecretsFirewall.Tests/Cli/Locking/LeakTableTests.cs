using SecretsFirewall.Cli.Exec.Locking;

namespace SecretsFirewall.Tests.Cli.Locking;

public sealed class LeakTableTests
{
    private static readonly byte[] Ethernet4 = [.. new byte[12], 0x08, 0x00];

    private static readonly byte[] Ethernet6 = [.. new byte[12], 0x86, 0xDD];

    [Fact]
    public void Add_SynToAnotherAddress_IsOneAttemptHoweverOftenItIsSeen()
    {
        var table = new LeakTable();
        byte[] first = [.. Ethernet4, .. IPv4(6, 93, 184, 216, 34), .. TcpSegment(40000, 443, number: 1, flags: 0x02)];
        byte[] again = [.. Ethernet4, .. IPv4(6, 93, 184, 216, 34), .. TcpSegment(40001, 443, number: 2, flags: 0x02)];

        table.Add(first);
        table.Add(first); // going and coming
        table.Add(again);

        Assert.Equal([new Leak("tcp", "93.184.216.34", 443, null, 2)], table.ToList());
    }

    [Theory]
    [InlineData(0x12)] // SYN and ACK: an answer
    [InlineData(0x14)] // RST
    [InlineData(0x10)]
    public void Add_OtherSegments_AreNoAttempts(byte flags)
    {
        var table = new LeakTable();

        table.Add([.. Ethernet4, .. IPv4(6, 93, 184, 216, 34), .. TcpSegment(40000, 443, 1, flags)]);

        Assert.Empty(table.ToList());
    }

    [Fact]
    public void Add_LoopbackServer_IsNoEgressButAResolverThereIs()
    {
        var table = new LeakTable();
        byte[] question = [.. new byte[] { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, 3, .. "api"u8, 7, .. "example"u8, 0, 0, 1, 0, 1];

        table.Add([.. Ethernet4, .. IPv4(6, 127, 0, 0, 1), .. TcpSegment(40000, 8888, 1, 0x02)]);
        table.Add([.. Ethernet4, .. IPv4(17, 127, 0, 0, 53), .. UdpDatagram(40000, 53, question)]);

        Assert.Equal([new Leak("udp", "127.0.0.53", 53, "api.example", 1)], table.ToList());
    }

    [Fact]
    public void Add_IPv6_IsReadAsWell()
    {
        var table = new LeakTable();
        byte[] header = [0x60, 0, 0, 0, 0, 20, 6, 64, .. new byte[16], 0x20, 1, 0xD, 0xB8, .. new byte[11], 7];

        table.Add([.. Ethernet6, .. header, .. TcpSegment(40000, 443, 1, 0x02)]);

        Assert.Equal([new Leak("tcp", "2001:db8::7", 443, null, 1)], table.ToList());
    }

    [Fact]
    public void Add_AnyBytes_NeverThrows()
    {
        var random = new Random(7);
        var table = new LeakTable();
        for (var i = 0; i < 20_000; i++)
        {
            var packet = new byte[random.Next(120)];
            random.NextBytes(packet);
            if (packet.Length > 14)
            {
                (packet[12], packet[13]) = i % 2 == 0 ? ((byte)0x08, (byte)0x00) : ((byte)0x86, (byte)0xDD);
            }

            table.Add(packet);
        }
    }

    private static byte[] IPv4(byte protocol, params byte[] to) => [0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, .. to];

    private static byte[] TcpSegment(ushort from, ushort to, byte number, byte flags) =>
        [(byte)(from >> 8), (byte)from, (byte)(to >> 8), (byte)to, 0, 0, 0, number, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0];

    private static byte[] UdpDatagram(ushort from, ushort to, byte[] data) =>
        [(byte)(from >> 8), (byte)from, (byte)(to >> 8), (byte)to, 0, (byte)(8 + data.Length), 0, 0, .. data];
}
