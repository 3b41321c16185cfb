using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Storage;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// What a scan takes from a home: registered values, and the install key for fingerprints. It reads beside a firewall that runs, creates
/// nothing, and does without a home. Disposing clears the values.
/// </summary>
internal sealed class HomeSecrets : IDisposable
{
    private HomeSecrets(IReadOnlyList<RegisteredValue> values, byte[]? installKey, string? problem)
    {
        Values = values;
        InstallKey = installKey;
        Problem = problem;
    }

    public static HomeSecrets None { get; } = new([], null, null);

    public IReadOnlyList<RegisteredValue> Values { get; }

    /// <summary>32 bytes; null without a home.</summary>
    public byte[]? InstallKey { get; }

    /// <summary>Why the home's values are not looked for; null if they are, or if there are none.</summary>
    public string? Problem { get; }

    public static HomeSecrets Read(FirewallHome home, TimeProvider time)
    {
        try
        {
            if (!File.Exists(home.Database))
            {
                return None;
            }

            if (MasterKeySource.Load(new MasterKeyOptions { File = home.MasterKey }, out var keyError) is not { } masterKey)
            {
                return Unreadable($"{keyError.Sentence()} ({home.MasterKey})");
            }

            using var key = masterKey;
            using var store = SqliteStore.Open(home.Database, NullLogger<SqliteStore>.Instance, out var storeError);
            if (store is null)
            {
                return Unreadable($"{storeError.Sentence()} ({home.Database})");
            }

            using var vault = SecretVault.Open(store.Vault, key, time, NullLogger<SecretVault>.Instance, out var vaultError);
            if (vault is null)
            {
                return Unreadable($"{vaultError.Sentence()} ({home.Database})");
            }

            var values = new List<RegisteredValue>();
            vault.ForEach((name, use, value) => values.Add(new RegisteredValue(name, value.ToArray()) { IsCanary = use is not SecretUse.Secret }));
            return new HomeSecrets(values, Installation.ReadInstallKey(home), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable($"This user cannot read {home.Root}.");
        }
    }

    public void Dispose()
    {
        foreach (var value in Values)
        {
            if (MemoryMarshal.TryGetArray(value.Value, out var segment))
            {
                CryptographicOperations.ZeroMemory(segment);
            }
        }
    }

    private static HomeSecrets Unreadable(string problem) => new([], null, problem);
}
