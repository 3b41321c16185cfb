using System.IO.Pipelines;

namespace SecretsFirewall.Listener;

/// <summary>How the reading of a message ended.</summary>
internal enum HandshakeRead
{
    /// <summary>The client went away.</summary>
    Closed = 0,
    Malformed,

    /// <summary>The rest of it did not come.</summary>
    TimedOut,
    Done,
}

/// <summary>Reads one message of a handshake from a connection, and not a byte of what follows it.</summary>
internal static class HandshakeReader
{
    public static async Task<(HandshakeRead Read, T Message)> ReadAsync<T>(PipeReader input, CancellationToken deadline)
        where T : struct, IHandshakeMessage<T>
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(deadline);
            }
            catch (OperationCanceledException)
            {
                return (HandshakeRead.TimedOut, default);
            }

            var buffer = read.Buffer;
            switch (T.TryParse(buffer, out var message))
            {
                case HandshakeParse.Done:
                    input.AdvanceTo(buffer.GetPosition(message.Length));
                    return (HandshakeRead.Done, message);
                case HandshakeParse.NeedMore when !read.IsCompleted && buffer.Length < T.MaxLength:
                    input.AdvanceTo(buffer.Start, buffer.End);
                    break;
                case HandshakeParse.NeedMore:
                    input.AdvanceTo(buffer.End);
                    return (HandshakeRead.Closed, default);
                default:
                    input.AdvanceTo(buffer.End);
                    return (HandshakeRead.Malformed, default);
            }
        }
    }
}
