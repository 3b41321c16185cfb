using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Bundles;

/// <summary>
/// What this installation trusts and has accepted: the root of trust, the highest version of each bundle, and the bundle in force. It is the same
/// with and without a running firewall; who runs one swaps what <see cref="Accept"/> returns in.
/// </summary>
internal sealed class BundleKeeper
{
    private readonly IBundleStore _store;
    private readonly BundleOptions _options;
    private readonly Version _engine;
    private readonly TimeProvider _time;
    private readonly PolicyCompilation _compilation = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StoredDocument> _accepted;
    private TrustRoot? _root;
    private byte[] _rootDocument = [];

    private BundleKeeper(IBundleStore store, BundleOptions options, Version engine, TimeProvider time, IReadOnlyList<StoredDocument> accepted)
    {
        _store = store;
        _options = options;
        _engine = engine;
        _time = time;
        _accepted = accepted.ToDictionary(one => one.Version.Name, StringComparer.Ordinal);
    }

    /// <summary>Which keys are trusted; null if none ever were.</summary>
    public TrustRoot? Root => _root;

    /// <summary>The envelope of <see cref="Root"/>, to hand on.</summary>
    public ReadOnlyMemory<byte> RootDocument => _rootDocument;

    /// <summary>From the first trusted key on, what nobody signed is not taken.</summary>
    public bool RequiresSignatures => _root is not null;

    /// <summary>The bundle that decides; null where a folder does.</summary>
    public AcceptedVersion? InForce
    {
        get
        {
            lock (_lock)
            {
                return Current?.Version;
            }
        }
    }

    /// <summary>The highest version of each name, by name.</summary>
    public IReadOnlyList<AcceptedVersion> AllAccepted
    {
        get
        {
            lock (_lock)
            {
                return [.. _accepted.Values.Select(one => one.Version).OrderBy(one => one.Name, StringComparer.Ordinal)];
            }
        }
    }

    private StoredDocument? Current => _accepted.Values.FirstOrDefault(one => one.Version.InForce);

    /// <summary>Null if the store cannot be read, or holds a root that is none: whoever cannot know what is trusted trusts nothing.</summary>
    public static BundleKeeper? Open(IBundleStore store, BundleOptions options, Version engine, TimeProvider time)
    {
        var root = store.LoadRoot(out var done);
        if (!done || store.LoadBundles() is not { } accepted)
        {
            return null;
        }

        var keeper = new BundleKeeper(store, options, engine, time, accepted);
        if (root is null)
        {
            return keeper;
        }

        keeper._root = TrustRoot.Read(root.Document, out _);
        keeper._rootDocument = root.Document;
        return keeper._root is { } read && read.Sha256 == root.Version.Sha256 ? keeper : null;
    }

    /// <summary>Whether a bundle would be taken; nothing changes.</summary>
    public LoadedPolicy? Check(BundleOffer offer, out BundleRefusal? refusal)
    {
        lock (_lock)
        {
            return Verify(offer, out refusal);
        }
    }

    /// <summary>Verifies, compiles and remembers a bundle as the one in force. What is not taken changes nothing.</summary>
    public LoadedPolicy? Accept(BundleOffer offer, out BundleRefusal? refusal)
    {
        lock (_lock)
        {
            if (Verify(offer, out refusal) is not { Bundle: { } bundle } loaded)
            {
                return null;
            }

            var manifest = bundle.Manifest;
            var accepted = bundle.IsAccepted ? _accepted[manifest.Name].Version.AcceptedAt : _time.GetUtcNow();
            var stored = new StoredDocument(new AcceptedVersion(manifest.Name, manifest.Version, bundle.Sha256, manifest.IssuedAt, accepted, InForce: true), offer.Document);
            if (!_store.SaveBundle(stored))
            {
                refusal = new(BundleFault.Unavailable, "The bundle could not be remembered, so it is not taken; the log has the reason.");
                return null;
            }

            foreach (var other in _accepted.Values.Where(one => one.Version.InForce).ToList())
            {
                _accepted[other.Version.Name] = new StoredDocument(other.Version with { InForce = false }, []);
            }

            _accepted[manifest.Name] = stored;
            return loaded;
        }
    }

    /// <summary>The bundle in force from the store, as a start needs it; null with the reason if it cannot be.</summary>
    public LoadedPolicy? Reopen(out BundleRefusal? refusal)
    {
        lock (_lock)
        {
            if (Current is not { } current)
            {
                refusal = new(BundleFault.Unavailable, "No bundle is in force.");
                return null;
            }

            return BundleVerifier.Reopen(current.Document, current.Version, out refusal) is { } bundle ? Compile(bundle, current.Document, out refusal) : null;
        }
    }

    /// <summary>Why a bundle that was in force is not any more: its end, and the time that it is kept after it, are over. Null while it is.</summary>
    public BundleRefusal? EndOf(PolicyBundle bundle)
    {
        var end = bundle.Manifest.ExpiresAt + _options.KeepExpired;
        return _time.GetUtcNow() < end ? null : new(BundleFault.Expired, $"The bundle ended on {bundle.Manifest.ExpiresAt:u} and was kept until {end:u} (bundle.keep_expired).");
    }

    public bool HasExpired(PolicyBundle bundle) => _time.GetUtcNow() >= bundle.Manifest.ExpiresAt;

    /// <summary>Takes the root that follows; the first one is taken as the operator hands it over. Null if it was.</summary>
    public BundleRefusal? TakeRoot(byte[] file)
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (TrustRoot.Follow(_root, file, now, out var refusal) is not { } next)
            {
                return refusal;
            }

            if (!_store.SaveRoot(new StoredDocument(new AcceptedVersion("", next.Version, next.Sha256, next.IssuedAt, now, InForce: true), file)))
            {
                return new(BundleFault.Unavailable, "The root of trust could not be remembered; the one before stays.");
            }

            (_root, _rootDocument) = (next, file);
            return null;
        }
    }

    private LoadedPolicy? Verify(BundleOffer offer, out BundleRefusal? refusal)
    {
        refusal = null;
        var now = _time.GetUtcNow();
        var reset = offer.Reset.IsEmpty ? null : VersionReset.Read(offer.Reset.Span, _root, now, out refusal);
        if (refusal is not null)
        {
            return null;
        }

        var context = new BundleContext(_root, name => _accepted.GetValueOrDefault(name)?.Version, now, _options.Audience, _engine, reset);
        if (BundleVerifier.Verify(offer.Document, context, out refusal) is not { } bundle)
        {
            return null;
        }

        if (offer.IsFetched && Current is { Version.Name: var chosen } && chosen != bundle.Manifest.Name)
        {
            refusal = new(BundleFault.OtherName, $"The bundle is '{bundle.Manifest.Name}'; '{chosen}' is in force, and only `sfw policy load` chooses another.");
            return null;
        }

        return Compile(bundle, offer.Document, out refusal);
    }

    private LoadedPolicy? Compile(PolicyBundle bundle, byte[] envelope, out BundleRefusal? refusal)
    {
        var loaded = _compilation.Compile(bundle.Files, bundle.RuleFiles, out var errors, bundle.Identity);
        refusal = loaded is null ? new(BundleFault.BadPolicy, "The bundle is signed as it should be, and its policy does not load.", errors) : null;
        return loaded is null ? null : loaded with { Trust = PolicyTrust.Signed, Bundle = bundle, Sources = [new PolicyFile("bundle.json", envelope)] };
    }
}
