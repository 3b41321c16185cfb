using System.CommandLine;
using System.Security.Cryptography;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Commands;

/// <summary>How <c>sfw keys trust</c> and <c>untrust</c> make the next root of trust: whose role changes, who signs, and where it goes.</summary>
internal sealed class RootChangeOptions
{
    private const string RootKey = "root";
    private const string PolicyRole = "policy";

    private readonly Option<string> _role = new Option<string>("--role") { Description = "What the key signs.", DefaultValueFactory = _ => PolicyRole, HelpName = "policy|root" }.AcceptOnlyFromAmong(PolicyRole, RootKey);
    private readonly Option<int?> _threshold = new("--threshold") { Description = "How many keys of the role must sign.", HelpName = "N" };
    private readonly Option<string[]> _signWith = new("--sign-with") { Description = "A private root key: a file, or a name from `sfw keys new`.", HelpName = "NAME|FILE" };
    private readonly Option<string?> _out = new("--out") { Description = "Write the next root there, for others to sign, and change nothing.", HelpName = "FILE" };

    private readonly Option<bool> _json = CommonOptions.Json();

    public void AddTo(Command command)
    {
        command.Add(_json);
        command.Add(_role);
        command.Add(_threshold);
        command.Add(_signWith);
        command.Add(_out);
    }

    /// <param name="change">What becomes of the role that the command names.</param>
    public async Task<int> RunAsync(ControlContext context, Func<TrustRole, TrustRole> change)
    {
        var known = await context.Client.CallAsync(ControlOperations.KeysList, NoContent.Instance, context.Cancellation);
        if (known.Value is not { } keys)
        {
            return context.Output.Fail(known.Failure!.Message);
        }

        var current = keys.Root is { } reply ? TrustRoot.Read(reply.Document, out _) : null;
        if (Next(context, current, change, out var problem) is not var (root, policy) || Sign(context, current, root, policy, out problem) is not { } envelope)
        {
            return context.Output.Fail(problem);
        }

        var document = envelope.Write();
        if (context.Parse.GetValue(_out) is { } path)
        {
            if (PolicyOutput.TryWrite(path, document) is { } failure)
            {
                return context.Output.Fail(failure);
            }

            context.Output.Note($"Written: {path}, with {envelope.Signatures.Count} signatures. Others sign with: sfw policy sign {path} --key NAME; then: sfw keys trust --root {path}");
            return ExitCodes.Done;
        }

        return await TakeAsync(context, document, IsJson(context));
    }

    /// <summary>Whether the command is asked for JSON.</summary>
    public bool IsJson(ControlContext context) => context.Parse.GetValue(_json);

    public static Task<int> TakeAsync(ControlContext context, byte[] document, bool asJson) => context.CallAsync(ControlOperations.KeysTakeRoot, new TakeRootRequest(document), reply =>
    {
        if (asJson)
        {
            context.Output.Json(reply, ControlJson.Default.KeysReply);
            return ExitCodes.Done;
        }

        context.Output.Note($"Root version {reply.Root!.Version} is in force: a policy needs {reply.Root.PolicyThreshold} of {reply.Root.Keys.Count(key => key.Roles.Contains(PolicyRole))} signatures.");
        if (reply.Root.Version == 1)
        {
            context.Output.Note("From now on folders of the home are taken only as they were shipped. Build, sign and load what you have edited before the next start: sfw policy build");
        }

        return ExitCodes.Done;
    });

    private (TrustRole Root, TrustRole Policy)? Next(ControlContext context, TrustRoot? current, Func<TrustRole, TrustRole> change, out string problem)
    {
        var (root, policy) = (current?.Root ?? new TrustRole(RootKey, 1, []), current?.Policy ?? new TrustRole(PolicyRole, 1, []));
        if (current is null)
        {
            if (FirstRootKeys(context, out problem) is not { } first)
            {
                return null;
            }

            root = root with { Keys = first };
        }

        var isRoot = context.Parse.GetValue(_role) == RootKey;
        var before = isRoot ? root : policy;
        var after = change(before) with { Threshold = context.Parse.GetValue(_threshold) ?? before.Threshold };
        (root, policy) = isRoot ? (after, policy) : (root, after);
        if (Fault(root) is { } fault || (fault = Fault(policy)) is not null)
        {
            problem = fault;
            return null;
        }

        if (current is not null && before.Threshold == after.Threshold && before.Keys.SequenceEqual(after.Keys))
        {
            problem = "Nothing would change: there is no such key in this role (sfw keys list).";
            return null;
        }

        problem = "";
        return (root, policy);
    }

    private static string? Fault(TrustRole role) =>
        role.Threshold >= 1 && role.Threshold <= role.Keys.Count ? null
        : role.Keys.Count == 0 ? $"The role '{role.Name}' would be left without a key: trust another one first."
        : $"The role '{role.Name}' has {role.Keys.Count} keys, so 1 to {role.Keys.Count} signatures can be asked for (--threshold).";

    /// <summary>The keys that sign the first root: those that the operator names, else one of this home's own.</summary>
    private List<TrustedKey>? FirstRootKeys(ControlContext context, out string problem)
    {
        var named = context.Parse.GetValue(_signWith) ?? [];
        var found = new List<TrustedKey>();
        if (named.Length == 0)
        {
            var own = File.Exists(Path.Combine(context.Home.PolicyKeys, RootKey + SigningKeys.PrivateExtension))
                ? SigningKeys.ReadPublic(context.Home, RootKey, RootKey, out _, out problem)
                : SigningKeys.Create(context.Home.PolicyKeys, RootKey, out problem);
            return own is null ? null : [own];
        }

        foreach (var name in named)
        {
            using var key = SigningKeys.Open(context.Home, name, out problem);
            if (key is null)
            {
                return null;
            }

            found.Add(TrustedKey.TryCreate($"{RootKey}{(found.Count == 0 ? "" : $"-{found.Count + 1}")}", KeyAlgorithm.EcdsaP256, key.ExportSubjectPublicKeyInfo())!);
        }

        problem = "";
        return found;
    }

    private Envelope? Sign(ControlContext context, TrustRoot? current, TrustRole root, TrustRole policy, out string problem)
    {
        var version = (current?.Version ?? 0) + 1;
        var envelope = Envelope.Of(Envelope.RootType, TrustRoot.Write(version, EndTime.Now(TimeProvider.System), root, policy));
        foreach (var name in SigningKeys.Names(context.Home).Concat(context.Parse.GetValue(_signWith) ?? []))
        {
            using var key = SigningKeys.Open(context.Home, name, out problem);
            if (key is null)
            {
                return null;
            }

            var id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
            if (root.Find(id) is not null || current?.Root.Find(id) is not null)
            {
                envelope = BundleSigner.Sign(envelope, key);
            }
        }

        problem = "";
        return envelope;
    }
}
