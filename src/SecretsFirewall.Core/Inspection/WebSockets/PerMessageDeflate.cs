using System.Globalization;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>
/// What was agreed about permessage-deflate (RFC 7692 section 7.1), the one extension that is read here; others are taken out of the offer. Any window can be
/// read, since our own is the largest; toward a peer that asked for a smaller one nothing is compressed anew, which RFC 7692 section 6 always allows.
/// </summary>
public sealed record PerMessageDeflate
{
    public const string Name = "permessage-deflate";

    /// <summary>What everybody can decode.</summary>
    public const int LargestWindow = 15;

    private const string ServerNoTakeover = "server_no_context_takeover";
    private const string ClientNoTakeover = "client_no_context_takeover";
    private const string ServerWindow = "server_max_window_bits";
    private const string ClientWindow = "client_max_window_bits";

    /// <summary>Each message of the upstream is coded by itself.</summary>
    public bool ServerForgets { get; init; }

    /// <summary>Each message of the client is coded by itself.</summary>
    public bool ClientForgets { get; init; }

    /// <summary>How far back, as a power of two, what goes to the client may refer.</summary>
    public int ServerWindowBits { get; init; } = LargestWindow;

    /// <summary>The same of what goes to the upstream.</summary>
    public int ClientWindowBits { get; init; } = LargestWindow;

    internal bool KeepsContext(WebSocketDirection direction) => direction is WebSocketDirection.ToUpstream ? !ClientForgets : !ServerForgets;

    internal bool MayDeflate(WebSocketDirection direction) => (direction is WebSocketDirection.ToUpstream ? ClientWindowBits : ServerWindowBits) == LargestWindow;

    /// <summary>
    /// The offers of a <c>Sec-WebSocket-Extensions</c> field that can be read, as they stood and in their order; empty if none can.
    /// </summary>
    public static string NarrowOffer(string? field)
    {
        var kept = new List<string>();
        foreach (var range in field.AsSpan().Split(','))
        {
            var offer = field.AsSpan(range).Trim(" \t");
            if (TryRead(offer, isAnswer: false, out _))
            {
                kept.Add(offer.ToString());
            }
        }

        return string.Join(", ", kept);
    }

    /// <summary>
    /// Reads the answer of an upstream; null where it agrees to nothing. False for anything but one answer to what was offered: what it means is not known.
    /// </summary>
    /// <param name="offer">What was sent, as <see cref="NarrowOffer"/> made it.</param>
    public static bool TryReadAnswer(string? field, string offer, out PerMessageDeflate? agreed)
    {
        agreed = null;
        if (string.IsNullOrWhiteSpace(field))
        {
            return true;
        }

        if (offer.Length == 0 || !TryRead(field.AsSpan().Trim(" \t"), isAnswer: true, out var deflate))
        {
            return false;
        }

        agreed = deflate;
        return true;
    }

    private static bool TryRead(ReadOnlySpan<char> text, bool isAnswer, out PerMessageDeflate deflate)
    {
        deflate = new PerMessageDeflate();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var isName = true;
        foreach (var range in text.Split(';'))
        {
            var part = text[range].Trim(" \t");
            if (isName)
            {
                if (!part.SequenceEqual(Name))
                {
                    return false;
                }

                isName = false;
                continue;
            }

            var equals = part.IndexOf('=');
            var name = (equals < 0 ? part : part[..equals]).TrimEnd(" \t").ToString();
            var value = equals < 0 ? [] : part[(equals + 1)..].Trim(" \t").Trim('"');
            if (!seen.Add(name) || !deflate.TryWith(name, equals >= 0, value, isAnswer, out deflate))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryWith(string name, bool hasValue, ReadOnlySpan<char> value, bool isAnswer, out PerMessageDeflate with)
    {
        with = this;
        switch (name)
        {
            case ServerNoTakeover when !hasValue:
                with = this with { ServerForgets = true };
                return true;
            case ClientNoTakeover when !hasValue:
                with = this with { ClientForgets = true };
                return true;
            case ClientWindow when !hasValue && !isAnswer:
                return true; // the client says that it would obey
            case ServerWindow when TryReadBits(value, out var bits):
                with = this with { ServerWindowBits = bits };
                return true;
            case ClientWindow when TryReadBits(value, out var bits):
                with = this with { ClientWindowBits = bits };
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadBits(ReadOnlySpan<char> value, out int bits) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits is >= 8 and <= LargestWindow && value[0] != '0';
}
