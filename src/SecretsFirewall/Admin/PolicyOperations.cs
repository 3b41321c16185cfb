using SecretsFirewall.Bundles;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Admin;

/// <summary>Signed policies and the keys that sign them.</summary>
/// <param name="active">Null while no firewall runs: what is loaded then is in force with the next start.</param>
/// <param name="folder">The folder that decides where no bundle does.</param>
internal sealed class PolicyOperations(BundleKeeper bundles, ActivePolicy? active, string folder)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.PolicyLoad, Load)
        .Handle(ControlOperations.PolicyStatus, _ => Status())
        .Handle(ControlOperations.PolicyFiles, _ => Files())
        .Handle(ControlOperations.KeysList, _ => Keys())
        .Handle(ControlOperations.KeysTakeRoot, TakeRoot);

    private ControlResult<BundleReply> Load(LoadPolicyRequest request)
    {
        // What it is has to be known before it is taken: afterwards it is accepted in any case.
        var offer = new BundleOffer(request.Document, request.Reset, request.IsFetched);
        if (bundles.Check(offer, out var refusal) is { Bundle: { } bundle })
        {
            var reply = Describe(bundle, bundles.Root);
            if (request.CheckOnly || (refusal = Take(offer)) is null)
            {
                return reply;
            }
        }
        else if (!request.CheckOnly)
        {
            refusal = Take(offer) ?? refusal;
        }

        return new ControlFailure(refusal!.Fault is BundleFault.Unavailable ? ControlFailureKind.Unavailable : ControlFailureKind.Refused, refusal.ToString());
    }

    private ControlResult<PolicyFilesReply> Files() =>
        (active?.Loaded.Bundle ?? bundles.Reopen(out _)?.Bundle) is { } bundle
            ? new PolicyFilesReply(bundle.Manifest.Name, [.. bundle.Files.Concat(bundle.RuleFiles).Select(static file => new PolicyFileReply(file.Path, file.Content.ToArray()))])
            : new PolicyFilesReply(null, []);

    private BundleRefusal? Take(BundleOffer offer)
    {
        if (active is not null)
        {
            return active.Take(bundles, offer);
        }

        bundles.Accept(offer, out var refusal);
        return refusal;
    }

    private ControlResult<PolicyStatusReply> Status()
    {
        var accepted = bundles.InForce;
        var loaded = active?.Loaded ?? (accepted is null ? null : bundles.Reopen(out _));
        var policy = loaded?.Policy;
        return new PolicyStatusReply(
            loaded?.Trust.Word() ?? "",
            policy?.Name ?? folder,
            policy?.Revision ?? 0,
            policy?.Hash ?? "",
            loaded?.Bundle is { } bundle ? Describe(bundle, bundles.Root) : null,
            accepted?.AcceptedAt,
            [.. bundles.AllAccepted.Select(one => new AcceptedReply(one.Name, one.Version, one.Sha256, one.AcceptedAt, one.InForce))],
            Root(),
            Problem(),
            active?.Health.ToString());
    }

    private string? Problem() =>
        active is null ? null
        : active.Refusal is { } refusal ? refusal.ToString()
        : active.Errors.Count > 0 ? string.Join('\n', active.Errors.Select(error => error.ToString()))
        : null;

    private ControlResult<KeysReply> Keys() => new KeysReply(Root());

    private ControlResult<KeysReply> TakeRoot(TakeRootRequest request) =>
        bundles.TakeRoot(request.Document) is { } refusal ? new ControlFailure(ControlFailureKind.Refused, refusal.ToString()) : Keys();

    private RootReply? Root() => bundles.Root is not { } root ? null : new RootReply(
        root.Version,
        root.IssuedAt,
        root.Sha256,
        root.Root.Threshold,
        root.Policy.Threshold,
        [
            .. root.Keys.Select(key => new KeyReply(
                key.Name,
                key.Id,
                TrustRoot.Word(key.Algorithm),
                [.. new[] { root.Root, root.Policy }.Where(role => role.Find(key.Id) is not null).Select(role => role.Name)],
                key.ExpiresAt)),
        ],
        bundles.RootDocument.ToArray());

    /// <param name="root">Who is trusted; null where that is not asked.</param>
    public static BundleReply Describe(PolicyBundle bundle, TrustRoot? root)
    {
        var manifest = bundle.Manifest;
        return new BundleReply(
            manifest.Name,
            manifest.Version,
            bundle.Sha256,
            manifest.IssuedAt,
            manifest.NotBefore,
            manifest.ExpiresAt,
            manifest.Audience,
            [.. bundle.KeyIds.Select(id => new SignerReply(id, root?.Policy.Find(id)?.Name))],
            bundle.IsAccepted);
    }
}
