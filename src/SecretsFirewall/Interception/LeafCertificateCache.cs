using System.Collections.Concurrent;
using System.Net.Security;

namespace SecretsFirewall.Interception;

/// <summary>
/// One leaf per name, minted once however many connections ask for it at the same time, kept until half its life is over.
/// </summary>
internal sealed class LeafCertificateCache(CertificateAuthority authority, InterceptionOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, LeafCertificate> _leaves = new(StringComparer.Ordinal);

    public CertificateAuthority Authority { get; } = authority;

    /// <summary>The leaf for a normalised host, ready for a handshake. The first caller mints; concurrent ones wait for it.</summary>
    public SslStreamCertificateContext Get(string host)
    {
        var now = time.GetUtcNow();
        var leaf = _leaves.GetOrAdd(host, Create);
        if (leaf.RenewAt <= now)
        {
            var renewed = Create(host);
            leaf = _leaves.TryUpdate(host, renewed, leaf) ? renewed : _leaves.GetOrAdd(host, renewed);
        }

        leaf.LastUsed = now;
        if (_leaves.Count > options.CachedLeaves)
        {
            Shrink();
        }

        return leaf.Context;
    }

    public bool Contains(string host) => _leaves.ContainsKey(host);

    private LeafCertificate Create(string host) => new(
        new Lazy<SslStreamCertificateContext>(() => SslStreamCertificateContext.Create(Authority.MintLeaf(host), null, offline: true)),
        time.GetUtcNow() + (options.LeafLifetime / 2));

    /// <summary>Drops the quarter that was used longest ago. Handshakes under way keep theirs: contexts are not disposed here.</summary>
    private void Shrink()
    {
        foreach (var (host, _) in _leaves.OrderBy(pair => pair.Value.LastUsed).Take(options.CachedLeaves / 4).ToList())
        {
            _leaves.TryRemove(host, out _);
        }
    }

    private sealed class LeafCertificate(Lazy<SslStreamCertificateContext> context, DateTimeOffset renewAt)
    {
        public SslStreamCertificateContext Context => context.Value;

        public DateTimeOffset RenewAt { get; } = renewAt;

        public DateTimeOffset LastUsed { get; set; }
    }
}
