using System.Security.Cryptography;
using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Admin;

/// <summary>The vault's operations. A value comes in, is sealed, and its array is cleared; none ever goes out.</summary>
internal sealed class SecretOperations(SecretVault vault)
{
    private static readonly IReadOnlyDictionary<string, BindingPlace> Places = new Dictionary<string, BindingPlace>(StringComparer.Ordinal)
    {
        ["header"] = BindingPlace.Header,
        ["query"] = BindingPlace.Query,
        ["json"] = BindingPlace.Json,
        ["form"] = BindingPlace.Form,
        ["sigv4"] = BindingPlace.SigV4,
    };

    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.SecretsAdd, Add)
        .Handle(ControlOperations.SecretsRotate, Rotate)
        .Handle(ControlOperations.SecretsForgetOld, ForgetOld)
        .Handle(ControlOperations.SecretsCanary, AddCanary)
        .Handle(ControlOperations.SecretsList, List)
        .Handle(ControlOperations.SecretsRemove, Remove)
        .Handle(ControlOperations.SecretsBind, Bind)
        .Handle(ControlOperations.SecretsUnbind, Unbind)
        .Handle(ControlOperations.SecretsImport, Import);

    private ControlResult<NoContent> Add(AddSecretRequest request)
    {
        try
        {
            if (!SecretName.TryCreate(request.Name, out var name))
            {
                return Failure(VaultError.NameInvalid);
            }

            return Done(request.Replace
                ? vault.Replace(name, request.Value, request.Weak)
                : vault.Add(name, request.Value, request.Weak));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Value);
        }
    }

    private ControlResult<RotateReply> Rotate(RotateRequest request)
    {
        try
        {
            if (!SecretName.TryCreate(request.Name, out var name))
            {
                return Failure(VaultError.NameInvalid);
            }

            if (request.KeepForSeconds < 0 || request.KeepForSeconds > SecretVault.LongestKeepFor.TotalSeconds)
            {
                return Failure(VaultError.KeepForInvalid);
            }

            var error = vault.Rotate(name, request.Value, request.Weak, TimeSpan.FromSeconds(request.KeepForSeconds));
            return error == VaultError.None ? new RotateReply(vault.VersionOf(name)) : Failure(error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Value);
        }
    }

    private ControlResult<NoContent> ForgetOld(NameRequest request) =>
        SecretName.TryCreate(request.Name, out var name) ? Done(vault.ForgetOld(name)) : Failure(VaultError.NameInvalid);

    private ControlResult<NoContent> AddCanary(AddCanaryRequest request)
    {
        try
        {
            return SecretName.TryCreate(request.Name, out var name) ? Done(vault.AddCanary(name, request.Value, request.Kills)) : Failure(VaultError.NameInvalid);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Value);
        }
    }

    private ControlResult<SecretsReply> List(NoContent request) => new SecretsReply([.. vault.List().Select(Describe)]);

    private ControlResult<NoContent> Remove(NameRequest request) =>
        SecretName.TryCreate(request.Name, out var name) ? Done(vault.Remove(name)) : Failure(VaultError.NameInvalid);

    private ControlResult<BindingReply> Bind(BindRequest request)
    {
        if (!SecretName.TryCreate(request.Secret, out var secret))
        {
            return Failure(VaultError.NameInvalid);
        }

        if (!Places.TryGetValue(request.Place, out var place))
        {
            return new ControlFailure(ControlFailureKind.Malformed, "A place is header, query, json, form or sigv4.");
        }

        var wanted = new SecretBinding(
            "", secret, request.Agent, request.Host, request.Port, request.Methods, request.Path, place, request.Key, request.Format, request.Max);
        var error = vault.Bind(wanted, out var bound);
        return error == VaultError.None ? Describe(bound) : Failure(error);
    }

    private ControlResult<NoContent> Unbind(NameRequest request) => Done(vault.Unbind(request.Name));

    private ControlResult<ImportReply> Import(ImportRequest request)
    {
        try
        {
            using var file = DotEnvFile.Parse(request.Content);
            var lines = new List<ImportedLine>(file.Errors.Select(e => new ImportedLine(e.Line, "", e.Sentence)));
            var named = new List<(DotEnvEntry Entry, SecretName Name)>();
            foreach (var entry in file.Entries)
            {
                if (SecretName.TryCreate(request.Prefix + entry.Key, out var name))
                {
                    named.Add((entry, name));
                }
                else
                {
                    lines.Add(new ImportedLine(entry.Line, entry.Key, VaultError.NameInvalid.Sentence()));
                }
            }

            var answers = vault.AddAll([.. named.Select(n => new NewSecret(n.Name, n.Entry.Value, request.Weak))]);
            lines.AddRange(named.Select((n, i) =>
                new ImportedLine(n.Entry.Line, n.Name.Value, answers[i] == VaultError.None ? null : answers[i].Sentence())));
            return new ImportReply([.. lines.OrderBy(l => l.Line)]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request.Content);
        }
    }

    private static SecretReply Describe(SecretSummary s) => new(
        s.Name.Value,
        s.Use switch { SecretUse.Canary => "canary", SecretUse.KillingCanary => "killing_canary", _ => "secret" },
        s.Version,
        s.Weak,
        s.CreatedAt,
        s.ChangedAt,
        [.. s.OldValues.Select(static old => new OldValueReply(old.Version, old.ActiveSince, old.RetiredAt, old.ExpiresAt))],
        [.. s.Bindings.Select(Describe)]);

    private static BindingReply Describe(SecretBinding b) => new(
        b.Id, b.Host, b.Port, Places.First(p => p.Value == b.Place).Key, b.Key, b.Format, b.Methods, b.PathPrefix, b.Agent, b.MaxOccurrences);

    private static ControlResult<NoContent> Done(VaultError error) => error == VaultError.None ? NoContent.Instance : Failure(error);

    internal static ControlFailure Failure(VaultError error) => new(
        error is VaultError.StoreUnavailable or VaultError.Damaged or VaultError.MasterKeyWrong ? ControlFailureKind.Unavailable : ControlFailureKind.Refused,
        error.Sentence());
}
