using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Listener;

/// <summary>What the first bytes of a tunnel gave as a ClientHello.</summary>
internal enum ClientHelloParse
{
    /// <summary>Not TLS.</summary>
    NotTls = 0,

    /// <summary>It began as TLS and is no ClientHello, or a larger one than anybody sends.</summary>
    Malformed,
    NeedMore,
    Done,
}

/// <summary>
/// A look at the client's first TLS message (RFC 8446 section 4.1.2), without taking a byte of it: which name it asks for and which versions it
/// has. A computation over the bytes so far.
/// </summary>
/// <param name="ServerName">As it was written (RFC 6066 section 3); null where there is none.</param>
/// <param name="OffersTls12">At least one version from TLS 1.2 on.</param>
/// <param name="HasEncryptedHello">
/// The extension <c>encrypted_client_hello</c> (RFC 9849) is there. A real one and a made-up one (GREASE) look alike on purpose, so that this alone
/// is no reason to refuse: what counts is the name outside.
/// </param>
internal readonly record struct ClientHello(string? ServerName, bool OffersTls12, bool HasEncryptedHello)
{
    /// <summary>Of the message. Real ones are below 2 KB, those with large tickets below 8 KB.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>A message in more pieces than this is made to hide something, or to make us work.</summary>
    private const int MaxRecords = 32;

    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int RecordHead = 5;
    private const int MessageHead = 4;
    private const int MaxRecord = 16 * 1024; // RFC 8446 section 5.1

    /// <summary>Whether it asks for this host. An address is never asked for by name (RFC 6066): none is expected then.</summary>
    public bool Names(string host) => ServerName is null
        ? System.Net.IPAddress.TryParse(host, out _)
        : HostName.TryNormalise(ServerName, out var name) is HostNameError.None && name == host;

    public static ClientHelloParse TryParse(ReadOnlySequence<byte> bytes, out ClientHello hello)
    {
        hello = default;
        Span<byte> head = stackalloc byte[RecordHead + MessageHead];
        var available = (int)Math.Min(bytes.Length, head.Length);
        bytes.Slice(0, available).CopyTo(head);
        head = head[..available];
        if (head.IsEmpty)
        {
            return ClientHelloParse.NeedMore;
        }

        if (head[0] != HandshakeRecord || (head.Length > 1 && head[1] != 3))
        {
            return ClientHelloParse.NotTls;
        }

        var message = new ArrayBufferWriter<byte>(1024);
        var joined = TryJoin(bytes, message);
        if (joined is not ClientHelloParse.Done)
        {
            return joined;
        }

        return ClientHelloReader.TryRead(message.WrittenSpan[MessageHead..], out hello) ? ClientHelloParse.Done : ClientHelloParse.Malformed;
    }

    /// <summary>Puts the message together from the records that carry it.</summary>
    private static ClientHelloParse TryJoin(ReadOnlySequence<byte> bytes, ArrayBufferWriter<byte> message)
    {
        var reader = new SequenceReader<byte>(bytes);
        for (var records = 0; records < MaxRecords; records++)
        {
            if (!reader.TryRead(out var type))
            {
                return ClientHelloParse.NeedMore;
            }

            if (type != HandshakeRecord)
            {
                return ClientHelloParse.Malformed;
            }

            if (!reader.TryRead(out var major) || !reader.TryRead(out _) || !reader.TryReadBigEndian(out short signed))
            {
                return ClientHelloParse.NeedMore;
            }

            var length = (ushort)signed;
            if (major != 3 || length is 0 or > MaxRecord)
            {
                return ClientHelloParse.Malformed;
            }

            var part = reader.UnreadSequence.Slice(0, Math.Min(length, reader.Remaining));
            foreach (var segment in part)
            {
                message.Write(segment.Span);
            }

            reader.Advance(part.Length);
            var soFar = message.WrittenSpan;
            if (soFar.Length > 0 && soFar[0] != ClientHelloMessage)
            {
                return ClientHelloParse.Malformed;
            }

            if (soFar.Length >= MessageHead)
            {
                var whole = MessageHead + ((soFar[1] << 16) | (soFar[2] << 8) | soFar[3]);
                if (whole > MaxLength || soFar.Length > whole)
                {
                    return ClientHelloParse.Malformed; // too large, or something behind it that nobody sends before an answer
                }

                if (soFar.Length == whole)
                {
                    return ClientHelloParse.Done;
                }
            }

            if (part.Length < length)
            {
                return ClientHelloParse.NeedMore;
            }
        }

        return ClientHelloParse.Malformed;
    }
}
