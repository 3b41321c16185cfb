using System.Net;

namespace SecretsFirewall.Listener;

/// <summary>Where agents connect, and how much one of them may ask for at once.</summary>
internal sealed record ListenerOptions
{
    /// <summary>Loopback by default: agent <c>local</c> needs no credentials, and nothing outside this machine should meet it.</summary>
    public IPEndPoint Proxy { get; init; } = new(IPAddress.Loopback, 8888);

    /// <summary>From accept to the end of the CONNECT head, and again to the first byte of TLS. Slow heads cost nothing but this.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The longest CONNECT head. Real ones are below 1 KB; 16 KB leaves room for large credentials.</summary>
    public int HandshakeBytes { get; init; } = 16 * 1024;

    /// <summary>From the first byte of a request's head to its last. Heads come in one or two packets; who drips them holds a connection and nothing more.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A connection without a request under way is closed after this long. Agents think for minutes between calls.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>HTTP/2 streams on one connection at once: what servers commonly offer (RFC 9113 section 5.1.2 asks for no fewer than 100).</summary>
    public int StreamsPerConnection { get; init; } = 100;

    /// <summary>The longest request head, all fields together. Agents send up to 12 KB of metadata; bound tokens can be large.</summary>
    public int HeadBytes { get; init; } = 128 * 1024;

    /// <summary>The longest request line.</summary>
    public int TargetBytes { get; init; } = 32 * 1024;

    /// <summary>How many header fields one request may have.</summary>
    public int HeadFields { get; init; } = 200;

    /// <summary>Open tunnels of one agent. A browser-like client opens six per host; build tools open a few dozen.</summary>
    public int TunnelsPerAgent { get; init; } = 2_000;

    /// <summary>Connections of all agents together, and as many to upstreams. Zero: as many as the process may open files for.</summary>
    public int Connections { get; init; }

    /// <summary>Requests of one agent in a minute, over all tunnels; zero for any number. Package managers ask for thousands, so that no number suits all.</summary>
    public int RatePerMinute { get; init; }

    /// <summary>How many of them may come at once after a rest. A page of a browser, or a build's first step, is some dozens.</summary>
    public int RateBurst { get; init; } = 100;

    /// <summary>Requests of one agent under way at once, over all tunnels.</summary>
    public int RequestsPerAgent { get; init; } = 1_000;
}
