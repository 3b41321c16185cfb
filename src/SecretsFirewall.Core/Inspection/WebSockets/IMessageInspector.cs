using System.Buffers;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>What becomes of a message.</summary>
public enum MessageTake
{
    /// <summary>None may leave yet.</summary>
    None = 0,

    /// <summary>The message that was just added leaves as it came; it was not written.</summary>
    Same,

    /// <summary>The oldest one that waited leaves as it came; it was written.</summary>
    Unchanged,

    /// <summary>The oldest one was changed, and was written.</summary>
    Changed,

    /// <summary>The oldest one leaves not at all.</summary>
    Dropped,

    /// <summary>One of the inspector's own, which was written, goes before the oldest one that waits.</summary>
    Own,
}

/// <summary>
/// Looks at the messages of one direction, whole and decoded, in their order. It may keep a message until it has seen the next ones.
/// </summary>
public interface IMessageInspector : IDisposable
{
    /// <summary>False if the connection must end: neither this message nor one that waits may leave.</summary>
    bool Add(ReadOnlySpan<byte> message, bool isText);

    /// <summary>Takes the next message that may leave. To be asked until there is none, after each <see cref="Add"/> and after <see cref="Complete"/>.</summary>
    MessageTake Take(IBufferWriter<byte> into);

    /// <summary>No more messages will come: none need wait any longer. False as with <see cref="Add"/>.</summary>
    bool Complete();

    /// <summary>What a ping, a pong or the reason of a close carries, at most 125 bytes. It cannot be changed: false ends the connection.</summary>
    bool MayPass(ReadOnlySpan<byte> controlPayload);
}
