using System.Buffers.Binary;
using System.Text;

namespace SecretsFirewall.Listener;

/// <summary>
/// Reads the body of a ClientHello (RFC 8446 section 4.1.2): strict about lengths and about what may stand once, since two readings of the
/// name would be two destinations.
/// </summary>
internal ref struct ClientHelloReader
{
    private const ushort ServerNameExtension = 0;
    private const ushort SupportedVersionsExtension = 43;
    private const ushort EncryptedHelloExtension = 0xfe0d;
    private const ushort Tls12 = 0x0303;
    private const ushort Tls13 = 0x0304;

    private ReadOnlySpan<byte> _rest;

    private ClientHelloReader(ReadOnlySpan<byte> bytes) => _rest = bytes;

    public static bool TryRead(ReadOnlySpan<byte> body, out ClientHello hello)
    {
        hello = default;
        var reader = new ClientHelloReader(body);
        if (!reader.TryTakeNumber(2, out var version)
            || !reader.TryTake(32, out _)
            || !reader.TryTakeList(1, out var session) || session.Length > 32
            || !reader.TryTakeList(2, out var suites) || suites.Length < 2 || suites.Length % 2 != 0
            || !reader.TryTakeList(1, out var compression) || compression.IsEmpty)
        {
            return false;
        }

        var offered = new ClientHello(null, OffersTls12: version >= Tls12, HasEncryptedHello: false);
        if (reader._rest.IsEmpty)
        {
            hello = offered; // without extensions, as before TLS 1.2
            return true;
        }

        return reader.TryTakeList(2, out var extensions) && reader._rest.IsEmpty && TryReadExtensions(extensions, offered, out hello);
    }

    private static bool TryReadExtensions(ReadOnlySpan<byte> extensions, ClientHello offered, out ClientHello hello)
    {
        hello = default;
        var reader = new ClientHelloReader(extensions);
        var seen = new HashSet<int>();
        while (!reader._rest.IsEmpty)
        {
            if (!reader.TryTakeNumber(2, out var type) || !reader.TryTakeList(2, out var content) || !seen.Add(type))
            {
                return false;
            }

            switch (type)
            {
                case ServerNameExtension when TryReadServerName(content, out var name):
                    offered = offered with { ServerName = name };
                    break;
                case SupportedVersionsExtension when TryReadVersions(content, out var offersTls12):
                    offered = offered with { OffersTls12 = offersTls12 };
                    break;
                case ServerNameExtension or SupportedVersionsExtension:
                    return false;
                case EncryptedHelloExtension:
                    offered = offered with { HasEncryptedHello = true };
                    break;
            }
        }

        hello = offered;
        return true;
    }

    /// <summary>One name of type host_name, and nothing else: no other type was ever defined.</summary>
    private static bool TryReadServerName(ReadOnlySpan<byte> content, out string name)
    {
        name = "";
        var reader = new ClientHelloReader(content);
        if (!reader.TryTakeList(2, out var list) || !reader._rest.IsEmpty)
        {
            return false;
        }

        reader = new ClientHelloReader(list);
        if (!reader.TryTakeNumber(1, out var type) || type != 0 || !reader.TryTakeList(2, out var text) || text.IsEmpty || !reader._rest.IsEmpty)
        {
            return false;
        }

        name = Encoding.Latin1.GetString(text);
        return true;
    }

    private static bool TryReadVersions(ReadOnlySpan<byte> content, out bool offersTls12)
    {
        offersTls12 = false;
        var reader = new ClientHelloReader(content);
        if (!reader.TryTakeList(1, out var versions) || !reader._rest.IsEmpty || versions.Length < 2 || versions.Length % 2 != 0)
        {
            return false;
        }

        for (var i = 0; i < versions.Length; i += 2)
        {
            offersTls12 |= BinaryPrimitives.ReadUInt16BigEndian(versions[i..]) is Tls12 or Tls13;
        }

        return true;
    }

    private bool TryTake(int length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (_rest.Length < length)
        {
            return false;
        }

        taken = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    private bool TryTakeNumber(int bytes, out int number)
    {
        number = 0;
        if (!TryTake(bytes, out var taken))
        {
            return false;
        }

        foreach (var b in taken)
        {
            number = (number << 8) | b;
        }

        return true;
    }

    /// <summary>A length in so many bytes, and what it counts.</summary>
    private bool TryTakeList(int lengthBytes, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        return TryTakeNumber(lengthBytes, out var length) && TryTake(length, out taken);
    }
}
