using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Interception;
using SecretsFirewall.Listener;
using SecretsFirewall.Storage;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Cli;

/// <summary>
/// What a home holds, opened: keys, authority, store, vault, agents. The first opening creates what is missing. Whoever opens one holds
/// the home's lock.
/// </summary>
internal sealed class Installation : IDisposable
{
    private const int InstallKeyLength = 32;

    private readonly SqliteStore _store;

    private Installation(FirewallHome home, byte[] installKey, CertificateAuthority authority, SqliteStore store, SecretVault vault, AgentDirectory agents)
    {
        Home = home;
        InstallKey = installKey;
        Authority = authority;
        _store = store;
        Vault = vault;
        Agents = agents;
    }

    public FirewallHome Home { get; }

    /// <summary>32 bytes that key this installation's fingerprints and tags.</summary>
    public byte[] InstallKey { get; }

    public CertificateAuthority Authority { get; }

    public SqliteStore Store => _store;

    public SecretVault Vault { get; }

    public AgentDirectory Agents { get; }

    /// <summary>Opens the home; null with one sentence that says what to do where it cannot be opened.</summary>
    public static Installation? TryOpen(FirewallHome home, InterceptionOptions interception, TimeProvider time, ILoggerFactory loggers, out string problem)
    {
        if (home.Prepare() is { } unusable)
        {
            problem = unusable;
            return null;
        }

        var keys = new MasterKeyOptions { File = home.MasterKey };
        problem = CreateMissing(home, keys, time) ?? "";
        if (problem.Length > 0)
        {
            return null;
        }

        if (ReadInstallKey(home) is not { } installKey)
        {
            problem = $"The install key {home.InstallKey} is damaged. Restore it from a backup.";
            return null;
        }

        if (MasterKeySource.Load(keys, out var keyError) is not { } masterKey)
        {
            problem = $"{keyError.Sentence()} ({home.MasterKey})";
            return null;
        }

        using var used = masterKey;
        var authorityError = CertificateAuthority.TryLoad(home.CaCertificate, home.CaKey, interception, time, out var authority);
        if (authority is null)
        {
            problem = Explain(authorityError, home);
            return null;
        }

        if (SqliteStore.Open(home.Database, loggers.CreateLogger<SqliteStore>(), out var storeError) is not { } store)
        {
            problem = $"{storeError.Sentence()} ({home.Database})";
            authority.Dispose();
            return null;
        }

        if (SecretVault.Open(store.Vault, masterKey, time, loggers.CreateLogger<SecretVault>(), out var vaultError) is not { } vault)
        {
            problem = $"The vault cannot be opened: {vaultError.Sentence()} ({home.Database})";
            authority.Dispose();
            store.Dispose();
            return null;
        }

        if (AgentDirectory.Open(store.Agents, time, loggers.CreateLogger<AgentDirectory>()) is not { } agents)
        {
            problem = $"The agents cannot be read from {home.Database}.";
            authority.Dispose();
            vault.Dispose();
            store.Dispose();
            return null;
        }

        return new Installation(home, installKey, authority, store, vault, agents);
    }

    /// <summary>Makes a new authority in place of what is there; whoever trusted the old one has to trust the new one. The caller holds the lock.</summary>
    public static void CreateAuthority(FirewallHome home, TimeProvider time)
    {
        var (certificate, key) = CertificateAuthority.Create(time);
        PrivateFile.Write(home.CaKey, key);
        PrivateFile.Write(home.CaCertificate, certificate);
    }

    public void Dispose()
    {
        Vault.Dispose();
        _store.Dispose();
        Authority.Dispose();
        CryptographicOperations.ZeroMemory(InstallKey);
    }

    private static string? CreateMissing(FirewallHome home, MasterKeyOptions keys, TimeProvider time)
    {
        if (MasterKeySource.UsesFile(keys) && !File.Exists(home.MasterKey))
        {
            if (File.Exists(home.Database))
            {
                return $"The vault {home.Database} is there but its master key {home.MasterKey} is not. Restore the key; without it the values are lost.";
            }

            if (MasterKeySource.CreateFile(home.MasterKey) is var error and not MasterKeyError.None)
            {
                return error.Sentence();
            }
        }

        if (!File.Exists(home.InstallKey))
        {
            if (File.Exists(home.Database))
            {
                return $"The install key {home.InstallKey} is missing: findings would get other tags than before. Restore it from a backup.";
            }

            PrivateFile.Write(home.InstallKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(InstallKeyLength)) + "\n");
        }

        if (!File.Exists(home.CaCertificate) && !File.Exists(home.CaKey))
        {
            CreateAuthority(home, time);
        }

        return File.Exists(home.CaKey) && !PrivateFile.IsPrivate(home.CaKey)
            ? $"Other users can read the CA's key {home.CaKey}. Run: chmod 600 {home.CaKey} (and `sfw ca renew`, if somebody may have read it)."
            : null;
    }

    /// <summary>Null if what is there is no key.</summary>
    public static byte[]? ReadInstallKey(FirewallHome home)
    {
        var key = new byte[InstallKeyLength];
        return Convert.TryFromBase64String(File.ReadAllText(home.InstallKey).Trim(), key, out var length) && length == InstallKeyLength ? key : null;
    }

    private static string Explain(CertificateAuthorityError error, FirewallHome home) => error switch
    {
        CertificateAuthorityError.Expired => $"The CA {home.CaCertificate} has expired. Run: sfw ca renew, and trust the new one.",
        CertificateAuthorityError.Unreadable => $"The CA {home.CaCertificate} or its key {home.CaKey} is missing or unreadable.",
        _ => $"The CA {home.CaCertificate} and its key {home.CaKey} are not a CA of ours: run sfw ca renew, or restore both.",
    };
}
