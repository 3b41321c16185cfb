using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Interception;
using SecretsFirewall.Listener;
using SecretsFirewall.Storage;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Cli.State;

/// <summary>
/// What the holder of the lock opens of a home: store, vault, agents, CA and install key. The daemon serves it; a command that runs alone
/// changes it. Opening makes what a first start needs, and never replaces what is there: a key that is missing beside a database is a loss
/// to be told, not a hole to be filled.
/// </summary>
internal sealed class FirewallState : IDisposable
{
    private const int InstallKeyLength = 32;

    private FirewallState(FirewallHome home, SqliteStore store, SecretVault vault, AgentDirectory agents, CertificateAuthority ca, byte[] installKey)
    {
        Home = home;
        Store = store;
        Vault = vault;
        Agents = agents;
        Ca = ca;
        InstallKey = installKey;
    }

    public FirewallHome Home { get; }

    public SqliteStore Store { get; }

    public SecretVault Vault { get; }

    public AgentDirectory Agents { get; }

    public CertificateAuthority Ca { get; }

    /// <summary>32 bytes; keys the fingerprints and tags of findings.</summary>
    public byte[] InstallKey { get; }

    /// <summary>The caller holds the home's lock. Null if something is wrong: <paramref name="problem"/> then says what, and what to do.</summary>
    public static FirewallState? Open(FirewallHome home, InterceptionOptions interception, TimeProvider time, ILoggerFactory loggers, out string problem)
    {
        var isNew = !File.Exists(home.Database);
        if (OpenAuthority(home, interception, time, out problem) is not { } ca)
        {
            return null;
        }

        var installKey = ReadInstallKey(home, isNew, out problem);
        if (installKey is null || OpenMasterKey(home, isNew, out problem) is not { } masterKey)
        {
            ca.Dispose();
            return null;
        }

        using (masterKey)
        {
            if (OpenVault(home, masterKey, time, loggers, out problem) is ({ } store, { } vault, { } agents))
            {
                return new FirewallState(home, store, vault, agents, ca, installKey);
            }
        }

        ca.Dispose();
        return null;
    }

    /// <summary>Replaces the authority's files; whoever trusted the old one has to trust the new one. The caller holds the lock.</summary>
    public static void CreateAuthority(FirewallHome home, TimeProvider time)
    {
        var (certificate, key) = CertificateAuthority.Create(time);
        PrivateFile.Write(home.CaKey, key);
        PrivateFile.Write(home.CaCertificate, certificate);
    }

    public void Dispose()
    {
        Vault.Dispose();
        Store.Dispose();
        Ca.Dispose();
        CryptographicOperations.ZeroMemory(InstallKey);
    }

    private static CertificateAuthority? OpenAuthority(FirewallHome home, InterceptionOptions options, TimeProvider time, out string problem)
    {
        if (!File.Exists(home.CaCertificate) && !File.Exists(home.CaKey))
        {
            CreateAuthority(home, time);
        }

        if (File.Exists(home.CaKey) && !PrivateFile.IsPrivate(home.CaKey))
        {
            problem = $"Other users can read the CA's key {home.CaKey}. Run: chmod 600 {home.CaKey} — and `sfw ca renew` if somebody may have.";
            return null;
        }

        var error = CertificateAuthority.TryLoad(home.CaCertificate, home.CaKey, options, time, out var authority);
        problem = error switch
        {
            CertificateAuthorityError.None => "",
            CertificateAuthorityError.Expired => $"The CA {home.CaCertificate} has expired; no agent would accept it. Make a new one with `sfw ca renew`, and trust it where agents run.",
            CertificateAuthorityError.Invalid => $"{home.CaCertificate} and {home.CaKey} are no CA and its key. Restore them from a backup, or make new ones with `sfw ca renew`.",
            _ => $"The CA {home.CaCertificate} or its key {home.CaKey} is missing or cannot be read. Restore them from a backup, or make new ones with `sfw ca renew`.",
        };
        return authority;
    }

    private static byte[]? ReadInstallKey(FirewallHome home, bool isNew, out string problem)
    {
        if (!File.Exists(home.InstallKey) && isNew)
        {
            PrivateFile.Write(home.InstallKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(InstallKeyLength)) + "\n");
        }

        problem = $"The install key {home.InstallKey} is missing or damaged. Restore it from a backup.";
        if (!File.Exists(home.InstallKey))
        {
            return null;
        }

        var key = new byte[InstallKeyLength];
        return Convert.TryFromBase64String(File.ReadAllText(home.InstallKey).Trim(), key, out var length) && length == InstallKeyLength ? key : null;
    }

    private static MasterKey? OpenMasterKey(FirewallHome home, bool isNew, out string problem)
    {
        var options = new MasterKeyOptions { File = home.MasterKey };
        if (isNew && MasterKeySource.UsesFile(options) && !File.Exists(home.MasterKey)
            && MasterKeySource.CreateFile(home.MasterKey) is var created and not MasterKeyError.None)
        {
            problem = $"{created.Sentence()} ({home.MasterKey})";
            return null;
        }

        var key = MasterKeySource.Load(options, out var error);
        problem = key is not null ? "" : $"{error.Sentence()} ({(MasterKeySource.UsesFile(options) ? home.MasterKey : MasterKeySource.Variable)}) Without it the vault stays closed; restore it from a backup.";
        return key;
    }

    private static (SqliteStore? Store, SecretVault? Vault, AgentDirectory? Agents) OpenVault(
        FirewallHome home, MasterKey masterKey, TimeProvider time, ILoggerFactory loggers, out string problem)
    {
        var store = SqliteStore.Open(home.Database, loggers.CreateLogger<SqliteStore>(), out var storeError);
        if (store is null)
        {
            problem = $"{storeError.Sentence()} ({home.Database})";
            return default;
        }

        var vault = SecretVault.Open(store.Vault, masterKey, time, loggers.CreateLogger<SecretVault>(), out var vaultError);
        if (vault is null)
        {
            problem = $"The vault does not open: {vaultError.Sentence()} ({home.Database})";
            store.Dispose();
            return default;
        }

        var agents = AgentDirectory.Open(store.Agents, time, loggers.CreateLogger<AgentDirectory>());
        if (agents is null)
        {
            problem = $"The agents in {home.Database} cannot be read. Restore a backup.";
            vault.Dispose();
            store.Dispose();
            return default;
        }

        problem = "";
        return (store, vault, agents);
    }
}
