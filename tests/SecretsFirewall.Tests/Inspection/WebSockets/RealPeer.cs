using System.Net.WebSockets;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

/// <summary>The library's own WebSocket, with zlib behind it, over memory: writes streams of frames and reads ours.</summary>
internal static class RealPeer
{
    /// <summary>The frames of these messages, each in pieces as given, and a Close frame behind them.</summary>
    public static async Task<byte[]> WriteAsync(bool isServer, WebSocketDeflateOptions? deflate, IEnumerable<byte[][]> messages)
    {
        var wire = new Wire([]);
        using var socket = Create(wire, isServer, deflate);
        foreach (var pieces in messages)
        {
            for (var i = 0; i < pieces.Length; i++)
            {
                await socket.SendAsync(pieces[i], WebSocketMessageType.Binary, i == pieces.Length - 1, CancellationToken.None);
            }
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        return wire.Written;
    }

    /// <summary>The messages in these frames, up to the Close frame or to where they are no frames any more.</summary>
    public static async Task<(List<byte[]> Messages, bool IsClosed)> ReadAsync(bool isServer, WebSocketDeflateOptions? deflate, byte[] frames)
    {
        var messages = new List<byte[]>();
        using var socket = Create(new Wire(frames), isServer, deflate);
        var buffer = new byte[64 * 1024];
        var message = new MemoryStream();
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (read.MessageType is WebSocketMessageType.Close)
                {
                    return (messages, true);
                }

                message.Write(buffer, 0, read.Count);
                if (read.EndOfMessage)
                {
                    messages.Add(message.ToArray());
                    message.SetLength(0);
                }
            }
        }
        catch (WebSocketException)
        {
            return (messages, false);
        }
    }

    private static WebSocket Create(Stream wire, bool isServer, WebSocketDeflateOptions? deflate) =>
        WebSocket.CreateFromStream(wire, new WebSocketCreationOptions { IsServer = isServer, DangerousDeflateOptions = deflate, KeepAliveInterval = TimeSpan.Zero });

    private sealed class Wire(byte[] input) : Stream
    {
        private readonly MemoryStream _input = new(input);
        private readonly MemoryStream _output = new();

        public byte[] Written => _output.ToArray();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => _input.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => _output.Write(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
