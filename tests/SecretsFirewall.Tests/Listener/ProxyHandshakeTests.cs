using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Listener;

/// <summary>The first bytes of a connection over pipes in memory: who gets it, with which bytes, and what the client and the auditor are told.</summary>
public sealed class ProxyHandshakeTests
{
    private static readonly byte[] Hello = ClientHellos.For("tool.example");

    private readonly FakeTime _time = new();
    private readonly AgentDirectory _agents;
    private readonly ListenerEventsList _events = new();
    private readonly OpaqueTunnelsOfATest _opaque = new();
    private readonly DuplexPipeOfATest _pipe = new();
    private readonly DefaultConnectionContext _connection;
    private readonly ProxyHandshake _handshake;
    private string _taken = "nobody";
    private byte[] _left = [];

    public ProxyHandshakeTests()
    {
        _agents = AgentDirectory.Open(new AgentsInMemory(), _time, NullLogger.Instance)!;
        _connection = new DefaultConnectionContext("test", _pipe.Ours, _pipe.Ours) { RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 50_000) };
        _handshake = Make(new ListenerOptions());
    }

    [Fact]
    public async Task Socks_EveryMessageInOnePacketWithTheHello_LosesNoByte()
    {
        var token = _agents.Add("ada", 1);

        await RunAsync([5, 1, 2, .. Credentials("ada", token), .. Request("tool.example", 443), .. Hello]);

        Assert.Equal("tls https://tool.example ada", _taken);
        Assert.Equal(Hello, _left);
        Assert.Equal([5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], await _pipe.SentAsync());
    }

    [Fact]
    public async Task Socks_ByteByByte_IsTheSame()
    {
        var token = _agents.Add("ada", 1);
        byte[] all = [5, 2, 0, 2, .. Credentials("ada", token), .. Request("tool.example", 443), .. Hello];

        var running = _handshake.OnConnectionAsync(_connection, Tls);
        foreach (var b in all)
        {
            await _pipe.Client.WriteAsync(new[] { b });
        }

        await _pipe.Client.CompleteAsync();
        await running;

        Assert.Equal(("tls https://tool.example ada", Hello.Length), (_taken, _left.Length));
    }

    [Fact]
    public async Task Socks_WithoutCredentialsOnThisMachine_IsAgentLocal()
    {
        await RunAsync([5, 1, 0, .. Request("tool.example", 443), .. Hello]);

        Assert.Equal("tls https://tool.example local", _taken);
    }

    [Fact]
    public async Task Socks_WithoutCredentialsFromElsewhere_IsRefused()
    {
        _connection.RemoteEndPoint = IPEndPoint.Parse("192.168.0.7:50000");

        await RunAsync([5, 1, 0, .. Request("tool.example", 443), .. Hello]);

        await AssertEndedAsync([5, 0xff], "AuthenticationFailed");
    }

    [Fact]
    public async Task Socks_WithoutCredentialsOnceATokenExists_IsRefused()
    {
        _agents.Add("ada", 1);

        await RunAsync([5, 1, 0, .. Request("tool.example", 443), .. Hello]);

        await AssertEndedAsync([5, 0xff], "AuthenticationFailed");
    }

    [Theory]
    [InlineData("ada", "wrong")]
    [InlineData("nobody", "")]
    [InlineData("", "")]
    public async Task Socks_WrongCredentials_AreRefusedEvenWhereNoneWouldDo(string name, string token)
    {
        await RunAsync([5, 2, 0, 2, .. Credentials(name, token), .. Request("tool.example", 443), .. Hello]);

        await AssertEndedAsync([5, 2, 1, 1], "AuthenticationFailed");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Socks_BindAndUdp_AreRefused(byte command)
    {
        await RunAsync([5, 1, 0, 5, command, 0, 1, 127, 0, 0, 1, 0, 80]);

        await AssertEndedAsync([5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0], "SocksCommand local");
    }

    [Fact]
    public async Task Socks_AddressTypeThatNobodyKnows_IsRefused()
    {
        await RunAsync([5, 1, 0, 5, 1, 0, 2, 127, 0, 0, 1, 0, 80]);

        await AssertEndedAsync([5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0], "Malformed local");
    }

    [Fact]
    public async Task Socks_NameThatIsNoHost_IsRefused()
    {
        await RunAsync([5, 1, 0, .. Request("a@b.example", 443), .. Hello]);

        await AssertEndedAsync([5, 0, 5, 1, 0, 1, 0, 0, 0, 0, 0, 0], "Malformed local");
    }

    [Fact]
    public async Task Socks_Version4_IsLeftToTheServerWhichRefusesIt()
    {
        await RunAsync([4, 1, 0, 80, 127, 0, 0, 1, 0]);

        Assert.Equal("http", _taken);
    }

    [Fact]
    public async Task Socks_RestThatNeverComes_EndsAfterTheTimeout()
    {
        await _pipe.Client.WriteAsync(new byte[] { 5, 2, 0 });
        var running = _handshake.OnConnectionAsync(_connection, Tls);
        await _pipe.ReadByUsAsync();
        _time.Advance(new ListenerOptions().HandshakeTimeout);
        await running;

        await AssertEndedAsync([], "TimedOut");
    }

    [Fact]
    public async Task Socks_PlainHttpInside_GoesToTheServerAsTheTunnelsHost()
    {
        var head = "GET /thing HTTP/1.1\r\nHost: tool.example\r\n\r\n"u8.ToArray();

        await RunAsync([5, 1, 0, .. Request("tool.example", 80), .. head]);

        Assert.Equal("http http://tool.example local", _taken);
        Assert.Equal(head, _left);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0005\u0001\u0000")]
    [InlineData("get / HTTP/1.1\r\n")]
    [InlineData("\u0000")]
    public async Task Socks_OtherBytesInside_AreRefused(string bytes)
    {
        await RunAsync([5, 1, 0, .. Request("tool.example", 443), .. Encoding.Latin1.GetBytes(bytes)]);

        Assert.Equal("nobody", _taken);
        Assert.Equal(["NotTls https://tool.example"], _events.Told);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: tool.example\r\n\r\n")]
    [InlineData("CONNECT tool.example:443 HTTP/1.1\r\n\r\n")]
    [InlineData("\u0005\u0001\u0000")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public async Task Connect_PlainHttpASecondConnectOrSocksInside_AreRefused(string bytes)
    {
        await RunAsync([.. Encoding.Latin1.GetBytes("CONNECT tool.example:443 HTTP/1.1\r\n\r\n" + bytes)]);

        Assert.Equal("nobody", _taken);
        Assert.Equal(["NotTls https://tool.example"], _events.Told);
    }

    [Fact]
    public async Task Connect_HelloThatIsMalformed_IsRefused()
    {
        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. ClientHellos.Record([2, 0, 0, 0])]);

        Assert.Equal("nobody", _taken);
        Assert.Equal(["MalformedHello https://tool.example"], _events.Told);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(40, true)]
    public async Task Connect_HelloWhoseRestNeverComes_EndsAfterTheTimeout(int length, bool isTold)
    {
        await _pipe.Client.WriteAsync((byte[])[.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. Hello[..length]]);
        var running = _handshake.OnConnectionAsync(_connection, Tls);
        await _pipe.ReadByUsAsync();
        _time.Advance(new ListenerOptions().HandshakeTimeout);
        await running;

        Assert.Equal("nobody", _taken);
        Assert.Equal(isTold ? ["TimedOut https://tool.example"] : [], _events.Told);
    }

    [Fact]
    public async Task ClientThatResets_IsNoErrorOfOurs()
    {
        await _pipe.Client.WriteAsync("CONNECT tool.ex"u8.ToArray());
        await _pipe.Client.CompleteAsync(new ConnectionResetException("gone"));

        await _handshake.OnConnectionAsync(_connection, Tls);

        Assert.Equal(("nobody", 0), (_taken, _events.Told.Count));
    }

    /// <summary>Whoever takes the connection sees the end of what was sent, whole: nothing is lost, taken twice or made up, however it is cut.</summary>
    [Fact]
    public async Task Mutations_InPiecesOfAnySize_NeverThrowAndLoseNoByte()
    {
        var random = new Random(20260104);
        byte[][] seeds =
        [
            [.. "CONNECT tool.example:443 HTTP/1.1\r\nHost: tool.example\r\n\r\n"u8, .. Hello],
            [5, 1, 0, .. Request("tool.example", 443), .. Hello],
            [5, 1, 0, .. Request("tool.example", 80), .. "GET / HTTP/1.1\r\nHost: tool.example\r\n\r\n"u8],
            [5, 2, 0, 2, .. Credentials("ada", "token"), .. Request("tool.example", 443), .. Hello],
            Hello,
        ];
        for (var round = 0; round < Mutations.Rounds / 10; round++)
        {
            var bytes = Mutations.Of(seeds[random.Next(seeds.Length)], random);
            var test = new ProxyHandshakeTests();

            var running = test._handshake.OnConnectionAsync(test._connection, test.Tls);
            for (var sent = 0; sent < bytes.Length;)
            {
                var piece = Math.Min(random.Next(1, 64), bytes.Length - sent);
                await test._pipe.Client.WriteAsync(bytes.AsMemory(sent, piece));
                sent += piece;
            }

            await test._pipe.Client.CompleteAsync();
            await running.WaitAsync(TimeSpan.FromSeconds(30));

            Assert.Equal(bytes[(bytes.Length - test._left.Length)..], test._left);
            if (test._taken.StartsWith("tls", StringComparison.Ordinal))
            {
                Assert.Equal(ClientHelloParse.Done, ClientHello.TryParse(new(test._left), out _));
            }
        }
    }

    [Fact]
    public async Task Connect_TlsThatTheClientBreaksOff_IsToldAsARejectedCertificate()
    {
        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. Hello], establishes: false);

        Assert.Equal(["CertificateRejected https://tool.example"], _events.Told);
    }

    [Fact]
    public async Task Connect_TlsBelow12_IsToldAsSuch()
    {
        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. ClientHellos.Record(ClientHellos.Message(null, 0x0302))], establishes: false);

        Assert.Equal(["TlsTooOld https://tool.example"], _events.Told);
    }

    [Fact]
    public async Task Connect_EncryptedHelloUnderAnotherName_IsToldAsSuch()
    {
        await RunAsync(
            [.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. ClientHellos.For("public.example", (0xfe0d, new byte[20]))], establishes: false);

        Assert.Equal(["EncryptedHello https://tool.example"], _events.Told);
    }

    [Fact]
    public async Task Connect_GreaseUnderTheTunnelsName_IsNoReasonToRefuse()
    {
        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. ClientHellos.For("tool.example", (0xfe0d, new byte[20]))]);

        Assert.Equal("tls https://tool.example local", _taken);
        Assert.Empty(_events.Told);
    }

    [Fact]
    public async Task Connect_Malformed_IsAnsweredAndTold()
    {
        await RunAsync("CONNECT tool.example HTTP/1.1\r\n\r\n"u8.ToArray());

        Assert.StartsWith("HTTP/1.1 400 ", Encoding.ASCII.GetString(await _pipe.SentAsync()), StringComparison.Ordinal);
        Assert.Equal(["Malformed"], _events.Told);
    }

    [Fact]
    public async Task TlsToUs_IsClosedAndTold()
    {
        await RunAsync(Hello);

        await AssertEndedAsync([], "TlsToUs");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TooManyTunnels_AreAnsweredAndTold(bool socks)
    {
        var full = Make(new ListenerOptions { TunnelsPerAgent = 0 });

        await RunAsync(socks ? [5, 1, 0, .. Request("tool.example", 443)] : "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8.ToArray(), handshake: full);

        Assert.Equal(["TooManyTunnels local"], _events.Told);
        var sent = await _pipe.SentAsync();
        Assert.True(socks ? sent[3] == 1 : sent.AsSpan().StartsWith("HTTP/1.1 503 "u8), "The answer is another one.");
    }

    [Theory]
    [InlineData("socks")]
    [InlineData("CONNECT tool.example:443 HTTP/1.1\r\n\r\n")]
    [InlineData("GET http://tool.example/ HTTP/1.1\r\n\r\n")]
    public async Task TooManyConnections_AreAnsweredAndTold(string bytes)
    {
        var room = new ConnectionRoom(0);
        var isSocks = bytes == "socks";

        await RunAsync(isSocks ? [5, 1, 0, .. Request("tool.example", 443)] : Encoding.ASCII.GetBytes(bytes), handshake: Make(new ListenerOptions(), room));

        Assert.Equal("nobody", _taken);
        Assert.Equal([bytes.StartsWith("GET", StringComparison.Ordinal) ? "TooManyConnections" : "TooManyConnections local"], _events.Told);
        Assert.Equal(1, room.Refused);
        var sent = await _pipe.SentAsync();
        Assert.True(isSocks ? sent[3] == 1 : sent.AsSpan().StartsWith("HTTP/1.1 503 "u8), "The answer is another one.");
    }

    [Fact]
    public async Task Connection_ThatHasEnded_LeavesItsRoom()
    {
        var room = new ConnectionRoom(1);

        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. Hello], handshake: Make(new ListenerOptions(), room));

        Assert.True(room.Enter());
        Assert.False(room.Enter());
    }

    [Fact]
    public async Task Opaque_NameOfTheTunnel_IsCarriedWithAllItsBytes()
    {
        _opaque.Host = "tool.example";

        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. Hello]);

        Assert.Equal("nobody", _taken);
        Assert.Equal(Hello, _opaque.Carried);
        Assert.Empty(_events.Told);
    }

    [Theory]
    [InlineData("other.example")]
    [InlineData(null)]
    public async Task Opaque_OtherNameInsideOrNone_IsRefused(string? name)
    {
        _opaque.Host = "tool.example";

        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. ClientHellos.For(name)]);

        Assert.Null(_opaque.Carried);
        Assert.Equal(["ServerName https://tool.example"], _events.Told);
    }

    [Fact]
    public async Task Opaque_TlsBelow12_IsRefused()
    {
        _opaque.Host = "tool.example";
        var old = ClientHellos.Record(ClientHellos.Message(ClientHellos.ServerName("tool.example"), 0x0302));

        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. old]);

        Assert.Null(_opaque.Carried);
        Assert.Equal(["TlsTooOld https://tool.example"], _events.Told);
    }

    [Fact]
    public async Task Opaque_BytesThatAreNotTls_AreRefused()
    {
        _opaque.Host = "tool.example";

        await RunAsync([.. "CONNECT tool.example:443 HTTP/1.1\r\n\r\n"u8, .. "SSH-2.0-x\r\n"u8]);

        Assert.Null(_opaque.Carried);
        Assert.Equal(["NotTls https://tool.example"], _events.Told);
    }

    private static byte[] Credentials(string name, string token) =>
        [1, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)token.Length, .. Encoding.ASCII.GetBytes(token)];

    private static byte[] Request(string host, int port) =>
        [5, 1, 0, 3, (byte)host.Length, .. Encoding.ASCII.GetBytes(host), (byte)(port >> 8), (byte)port];

    private ProxyHandshake Make(ListenerOptions options, ConnectionRoom? room = null) => new(
        options, new Identification(_agents), new AgentLimits(options), room ?? new ConnectionRoom(1), _opaque, _events, _time)
    {
        PlainHttp = connection => TakeAsync("http", connection),
    };

    private async Task RunAsync(byte[] bytes, bool establishes = true, ProxyHandshake? handshake = null)
    {
        await _pipe.Client.WriteAsync(bytes);
        await _pipe.Client.CompleteAsync();
        await (handshake ?? _handshake).OnConnectionAsync(_connection, establishes ? Tls : static _ => Task.CompletedTask);
    }

    private Task Tls(ConnectionContext connection)
    {
        connection.Features.Get<Tunnel>()!.TlsEstablished = true;
        return TakeAsync("tls", connection);
    }

    private async Task TakeAsync(string by, ConnectionContext connection)
    {
        var tunnel = connection.Features.Get<Tunnel>();
        _taken = tunnel is null ? by : $"{by} {tunnel.Destination} {tunnel.Agent.Name}";
        ReadResult read;
        do
        {
            read = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
        while (!read.IsCompleted);
        _left = read.Buffer.ToArray();
    }

    private async Task AssertEndedAsync(byte[] sent, string told)
    {
        Assert.Equal("nobody", _taken);
        Assert.Equal([told], _events.Told);
        Assert.Equal(sent, await _pipe.SentAsync());
    }

    private sealed class OpaqueTunnelsOfATest : IOpaqueTunnels
    {
        public string? Host { get; set; }

        public byte[]? Carried { get; private set; }

        public bool Allows(Tunnel tunnel) => tunnel.Host == Host;

        public async Task CarryAsync(Tunnel tunnel, IDuplexPipe client)
        {
            var read = await client.Input.ReadAsync();
            Carried = read.Buffer.ToArray();
            client.Input.AdvanceTo(read.Buffer.End);
        }
    }

    private sealed class DuplexPipeOfATest
    {
        private readonly Pipe _toUs = new();
        private readonly Pipe _toClient = new();
        private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public DuplexPipeOfATest() => Ours = new Sides(new WaitingReader(_toUs.Reader, _read), _toClient.Writer);

        public IDuplexPipe Ours { get; }

        public PipeWriter Client => _toUs.Writer;

        /// <summary>Until all that was sent so far was looked at, and more is waited for.</summary>
        public Task ReadByUsAsync() => _read.Task;

        public async Task<byte[]> SentAsync()
        {
            await _toClient.Writer.CompleteAsync();
            return (await _toClient.Reader.ReadAsync()).Buffer.ToArray();
        }

        private sealed record Sides(PipeReader Input, PipeWriter Output) : IDuplexPipe;

        private sealed class WaitingReader(PipeReader inner, TaskCompletionSource waiting) : PipeReader
        {
            public override bool TryRead(out ReadResult result) => inner.TryRead(out result);

            public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
            {
                var read = inner.ReadAsync(cancellationToken);
                if (!read.IsCompleted)
                {
                    waiting.TrySetResult();
                }

                return read;
            }

            public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

            public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

            public override void CancelPendingRead() => inner.CancelPendingRead();

            public override void Complete(Exception? exception = null) => inner.Complete(exception);
        }
    }
}
