using System.Net;
using System.Net.Sockets;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.Forwarding;

namespace SecretsFirewall.EndToEnd.Tests.Corpora;

/// <summary>
/// One firewall for all cases. Every name leads to the upstream that speaks HTTP/1.1 only, so that each byte that leaves can be read; the names of
/// <see cref="Names"/> are answered by us.
/// </summary>
public sealed class CorpusFixture : FirewallFixture
{
    /// <summary>A host with a binding: what rests on a path or a method is checked there.</summary>
    internal const string Bound = Hosts.Tool;

    /// <summary>What a name resolves to. None of the public addresses may ever be connected to: they stand beside forbidden ones.</summary>
    private static readonly Dictionary<string, string[]> Names = new(StringComparer.Ordinal)
    {
        ["localhost"] = ["127.0.0.1"],
        ["private.example"] = ["10.1.2.3"],
        ["loopback.example"] = ["127.0.0.1"],
        ["loopback6.example"] = ["::1"],
        ["mapped.example"] = ["::ffff:127.0.0.1"],
        ["nat64.example"] = ["64:ff9b::a00:1"],
        ["link-local.example"] = ["fe80::1"],
        ["unspecified.example"] = ["0.0.0.0"],
        ["metadata.example"] = ["169.254.169.254"],
        ["metadata6.example"] = ["fd00:ec2::254"],
        ["two-answers.example"] = ["203.0.114.1", "10.1.2.3"],
        ["two-answers-private-first.example"] = ["10.1.2.3", "203.0.114.1"],
        ["two-answers-metadata.example"] = ["203.0.114.1", "169.254.169.254"],
        ["two-families.example"] = ["203.0.114.1", "::1"],
        ["control-plane.example"] = ["127.0.0.1"],
    };

    private readonly List<string> _asked = [];

    /// <summary>The names that were looked up.</summary>
    internal IReadOnlyList<string> Asked
    {
        get
        {
            lock (_asked)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>Lower-case letters and digits, as a name has them.</summary>
    internal Canary Secret { get; private set; } = null!;

    /// <summary>With capitals, which a name loses on its way.</summary>
    internal Canary Mixed { get; private set; } = null!;

    internal IReadOnlyDictionary<string, string> Variables { get; private set; } = new Dictionary<string, string>();

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        var bound = Register();
        BindHeader(bound, Bound, "Authorization", "Bearer {}");
        Secret = Register(CanaryShape.Label);
        Mixed = Register();
        Variables = new Dictionary<string, string>
        {
            ["host"] = Hosts.Http1Tool,
            ["bound"] = Bound,
            ["llm"] = Hosts.OpenAi,
            ["plain"] = Hosts.Unlisted,
            ["pseudonym"] = Pseudonym,
            ["admin"] = $"{Admin.Port}",
            ["proxy"] = $"{Proxy.Port}",
            ["secret"] = Secret.Value,
            ["secrethex"] = Convert.ToHexStringLower(Secret.Bytes)[..60] + "." + Convert.ToHexStringLower(Secret.Bytes)[60..],
            ["secretname"] = Secret.Name,
            ["secrethalf"] = Secret.Value[..16],
            ["secretrest"] = Secret.Value[16..],
            ["secretbase"] = Base32(Secret.Bytes),
            ["mixed"] = Mixed.Value,
            ["mixedlower"] = Mixed.Value.ToLowerInvariant(),
        };
    }

    private protected override NameResolver? Resolver => (name, _) =>
    {
        lock (_asked)
        {
            _asked.Add(name);
        }

        return Names.TryGetValue(name, out var addresses)
            ? Task.FromResult(addresses.Select(IPAddress.Parse).ToArray())
            : throw new SocketException((int)SocketError.HostNotFound);
    };

    private protected override IReadOnlyDictionary<string, string> UpstreamHosts() => Hosts.All
        .SelectMany(host => new[] { ($"{host}:443", Http1Upstream.TlsPort), ($"{host}:80", Http1Upstream.PlainPort) })
        .ToDictionary(entry => entry.Item1, entry => $"127.0.0.1:{entry.Item2}");

    /// <summary>RFC 4648 section 6, in the letters of a name and without padding.</summary>
    private static string Base32(byte[] value)
    {
        var bits = string.Concat(value.Select(b => Convert.ToString(b, 2).PadLeft(8, '0')));
        return string.Concat(bits.Chunk(5).Select(five => "abcdefghijklmnopqrstuvwxyz234567"[Convert.ToInt32(new string(five).PadRight(5, '0'), 2)]));
    }

    internal static string Authorization(string credentials) => $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(credentials))}";
}
