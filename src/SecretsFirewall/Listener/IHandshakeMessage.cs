using System.Buffers;

namespace SecretsFirewall.Listener;

/// <summary>One message of a handshake: a computation over the bytes so far, without waiting.</summary>
internal interface IHandshakeMessage<TSelf>
    where TSelf : struct, IHandshakeMessage<TSelf>
{
    /// <summary>No message is longer.</summary>
    static abstract int MaxLength { get; }

    /// <summary>What follows these bytes is not this message's.</summary>
    int Length { get; }

    static abstract HandshakeParse TryParse(ReadOnlySequence<byte> bytes, out TSelf message);
}
