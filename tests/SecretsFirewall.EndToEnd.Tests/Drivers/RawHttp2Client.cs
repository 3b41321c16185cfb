using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Text;
using System.Threading.Channels;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>
/// An HTTP/2 client inside the tunnel that sends the frames that it is given, right or wrong. It answers SETTINGS and nothing else; whatever the server
/// sends it keeps, in order, and forgets what the test has taken.
/// </summary>
internal sealed class RawHttp2Client : IAsyncDisposable
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly RawClient _tunnel;
    private readonly SslStream _stream;
    private readonly Channel<Http2Frame> _events = Channel.CreateUnbounded<Http2Frame>();
    private readonly ConcurrentDictionary<int, (int Status, MemoryStream Body)> _answers = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private Task _reading = Task.CompletedTask;

    private RawHttp2Client(RawClient tunnel, SslStream stream)
    {
        _tunnel = tunnel;
        _stream = stream;
    }

    /// <summary>The end of the connection is seen as a frame of this kind, since a reader of frames waits for it too.</summary>
    public static Http2Frame Closed { get; } = new(Http2FrameType.GoAway, 0xff, -1, new byte[8]);

    /// <param name="settings">Identifier and value pairs; the dynamic table is switched off beside them.</param>
    public static async Task<RawHttp2Client> ConnectAsync(
        IPEndPoint proxy, string caPem, string host, string credentials, params (ushort Id, uint Value)[] settings)
    {
        var tunnel = await RawClient.DialAsync(proxy);
        Assert.Equal(200, (await tunnel.ConnectAsync($"{host}:443", credentials)).Status);
        var client = new RawHttp2Client(tunnel, await tunnel.StartTlsAsync(host, caPem, protocol: SslApplicationProtocol.Http2));
        var payload = new MemoryStream();
        foreach (var (id, value) in settings.Prepend(((ushort)1, 0u)))
        {
            payload.Write([(byte)(id >> 8), (byte)id, (byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);
        }

        await client.SendAsync((byte[])[.. Preface, .. new Http2Frame(Http2FrameType.Settings, 0, 0, payload.ToArray()).ToBytes()]);
        client._reading = client.ReadFramesAsync();
        return client;
    }

    public Task SendAsync(Http2Frame frame) => SendAsync(frame.ToBytes());

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _writing.WaitAsync();
        try
        {
            await _stream.WriteAsync(bytes);
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task HeadersAsync(int stream, bool end, params IEnumerable<(string, string)> fields) =>
        SendAsync(new Http2Frame(Http2FrameType.Headers, (byte)(Http2Frame.EndHeaders | (end ? Http2Frame.EndStream : 0)), stream, PlainHpack.Encode(fields)));

    /// <summary>The next frame that says something: the end of a stream, a reset, GOAWAY, PING's answer, or <see cref="Closed"/>.</summary>
    public async Task<Http2Frame> NextAsync() => await _events.Reader.ReadAsync().AsTask().WaitAsync(Harness.Patience.Long);

    /// <summary>What a stream has answered so far.</summary>
    public (int Status, string Body) Answer(int stream) =>
        _answers.TryGetValue(stream, out var answer) ? (answer.Status, Encoding.UTF8.GetString(answer.Body.ToArray())) : (0, "");

    public async ValueTask DisposeAsync()
    {
        await _tunnel.DisposeAsync();
        await _reading;
        _writing.Dispose();
    }

    private async Task ReadFramesAsync()
    {
        try
        {
            var head = new byte[9];
            while (true)
            {
                await _stream.ReadExactlyAsync(head);
                var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
                await _stream.ReadExactlyAsync(payload);
                var stream = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue;
                await TakeAsync(new Http2Frame((Http2FrameType)head[3], head[4], stream, payload));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _events.Writer.TryWrite(Closed);
        }
    }

    private async Task TakeAsync(Http2Frame frame)
    {
        switch (frame.Type)
        {
            case Http2FrameType.Settings when !frame.Has(Http2Frame.Ack):
                try
                {
                    await SendAsync(new Http2Frame(Http2FrameType.Settings, Http2Frame.Ack, 0, []));
                }
                catch (IOException)
                {
                    // It closes; the next read says so.
                }

                break;
            case Http2FrameType.Headers:
                if (!_answers.ContainsKey(frame.Stream)) // or they are trailers
                {
                    _answers[frame.Stream] = (PlainHpack.ReadStatus(frame.Payload), new MemoryStream());
                }

                break;
            case Http2FrameType.Data:
                _answers[frame.Stream].Body.Write(frame.Payload);
                break;
        }

        if (frame.Type is Http2FrameType.RstStream or Http2FrameType.GoAway
            || (frame.Type is Http2FrameType.Ping && frame.Has(Http2Frame.Ack))
            || (frame.Type is Http2FrameType.Headers or Http2FrameType.Data && frame.Has(Http2Frame.EndStream)))
        {
            _events.Writer.TryWrite(frame);
        }
    }
}
