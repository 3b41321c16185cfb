using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SecretsFirewall.Admin;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Interception;
using SecretsFirewall.Listener;
using SecretsFirewall.Metering;
using SecretsFirewall.Pins;
using SecretsFirewall.Restraints;
using SecretsFirewall.Restraints.Gates;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Restraints.Sessions;
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

    private Installation(FirewallHome home, byte[] installKey, AuthoritySet authorities, SqliteStore store, SecretVault vault, AgentDirectory agents, KillSwitch kills, CommsGate gate, Meter meter, ToolPinBook pins, ApprovalDesk approvals, OperatorDirectory operators, CheckpointSigner auditSigner)
    {
        Home = home;
        InstallKey = installKey;
        Authorities = authorities;
        _store = store;
        Vault = vault;
        Agents = agents;
        Meter = meter;
        Kills = kills;
        Gate = gate;
        agents.Removed += kills.Forget;
        agents.Removed += gate.Forget;
        agents.Removed += name => store.Sessions.Save(new SessionChanges([(name, "")], []));
        ToolPins = pins;
        Approvals = approvals;
        Operators = operators;
        AuditSigner = auditSigner;
    }

    public FirewallHome Home { get; }

    /// <summary>32 bytes that key this installation's fingerprints and tags.</summary>
    public byte[] InstallKey { get; }

    /// <summary>The one that all agents trust that have none of their own.</summary>
    public CertificateAuthority Authority => Authorities.Shared;

    public AuthoritySet Authorities { get; }

    public SqliteStore Store => _store;

    /// <summary>Where questions to people wait.</summary>
    public ApprovalDesk Approvals { get; }

    /// <summary>Who may use the admin API, and which rules are set aside.</summary>
    public OperatorDirectory Operators { get; }

    public SecretVault Vault { get; }

    public AgentDirectory Agents { get; }

    /// <summary>What models were used for, and what may be spent on them.</summary>
    public Meter Meter { get; }

    public KillSwitch Kills { get; }

    public CommsGate Gate { get; }

    /// <summary>Says where changes of what agents may do are recorded.</summary>
    public void RecordRestraints(RestraintRecorder recorder)
    {
        Kills.Record = recorder;
        Gate.Record = recorder;
    }

    public ToolPinBook ToolPins { get; }

    /// <summary>Signs audit checkpoints and exports.</summary>
    public CheckpointSigner AuditSigner { get; private set; }

    /// <summary>What was accepted and who is trusted; null with one sentence where that cannot be known.</summary>
    public BundleKeeper? OpenBundles(BundleOptions options, TimeProvider time, out string problem)
    {
        var keeper = BundleKeeper.Open(_store.Bundles, options, Version.Parse(AdminServer.Version), time);
        problem = keeper is null ? $"Which policies were accepted, and which keys are trusted, cannot be read from {Home.Database}. Restore a backup." : "";
        return keeper;
    }

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
        if (OpenAuthorities(home, interception, time, out problem) is not { } authorities)
        {
            return null;
        }

        if (SqliteStore.Open(home.Database, loggers.CreateLogger<SqliteStore>(), out var storeError) is not { } store)
        {
            problem = $"{storeError.Sentence()} ({home.Database})";
            authorities.Dispose();
            return null;
        }

        if (SecretVault.Open(store.Vault, masterKey, time, loggers.CreateLogger<SecretVault>(), out var vaultError) is not { } vault)
        {
            problem = $"The vault cannot be opened: {vaultError.Sentence()} ({home.Database})";
            authorities.Dispose();
            store.Dispose();
            return null;
        }

        if (AgentDirectory.Open(store.Agents, time, loggers.CreateLogger<AgentDirectory>()) is not { } agents)
        {
            problem = $"The agents cannot be read from {home.Database}.";
            authorities.Dispose();
            vault.Dispose();
            store.Dispose();
            return null;
        }

        var kills = KillSwitch.Open(store.Kills, home.KillFile, time, loggers.CreateLogger<KillSwitch>());
        var gate = CommsGate.Open(store.Gates, time, loggers.CreateLogger<CommsGate>());
        var pins = ToolPinBook.Open(store.ToolPins, time, loggers.CreateLogger<ToolPinBook>());
        var meter = Meter.Open(store.Metering, time, loggers.CreateLogger<Meter>());
        var operators = OperatorDirectory.Open(store.Operators, time);
        if (kills is null || gate is null || pins is null || meter is null || operators is null)
        {
            var unread = kills is null || gate is null ? "What is stopped, and what of the gate is open,"
                : pins is null ? "The descriptions of MCP tools"
                : meter is null ? "What was spent on models"
                : "The admin tokens";
            problem = $"{unread} cannot be read from {home.Database}.";
            authorities.Dispose();
            vault.Dispose();
            store.Dispose();
            return null;
        }

        if (AuditKeyFiles.Open(home, out problem) is not { } auditSigner)
        {
            meter.Dispose();
            authorities.Dispose();
            vault.Dispose();
            store.Dispose();
            return null;
        }

        var approvals = new ApprovalDesk(store.Approvals, new ApprovalOptions(), time);
        return new Installation(home, installKey, authorities, store, vault, agents, kills, gate, meter, pins, approvals, operators, auditSigner);
    }

    /// <summary>Makes a new authority in place of what is there; whoever trusted the old one has to trust the new one. The caller holds the lock.</summary>
    public static void CreateAuthority(AuthorityFiles files, TimeProvider time, NameConstraints? constraints = null)
    {
        var (certificate, key) = CertificateAuthority.Create(time, constraints);
        PrivateFile.Write(files.Key, key);
        PrivateFile.Write(files.Certificate, certificate);
    }

    /// <summary>Another key signs the audit log from now on; <paramref name="record"/> says so in the log. Null, or one sentence that says why not.</summary>
    public string? RotateAuditKey(Func<CheckpointSigner, bool> record)
    {
        var before = AuditSigner;
        try
        {
            AuditSigner = AuditKeyFiles.Replace(Home);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"The new key cannot be written to {Home.AuditKeys}: {e.Message} The one before stays.";
        }

        var done = record(AuditSigner);
        before.Dispose();
        return done ? null : "The new key is there, and the audit log could not say so: it does with the next start, and the key before does not vouch for it.";
    }

    public void Dispose()
    {
        Meter.Dispose();
        AuditSigner.Dispose();
        Vault.Dispose();
        _store.Dispose();
        Authorities.Dispose();
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
            CreateAuthority(home.Authority, time);
        }

        if (AuditKeyFiles.CreateMissing(home) is { } unsigned)
        {
            return unsigned;
        }

        return home.AgentsWithAuthority.Select(agent => home.AuthorityOf(agent).Key).Prepend(home.CaKey).FirstOrDefault(key => File.Exists(key) && !PrivateFile.IsPrivate(key)) is { } open
            ? $"Other users can read the CA's key {open}. Run: chmod 600 {open} (and `sfw ca renew`, if somebody may have read it)."
            : null;
    }

    /// <summary>Null if what is there is no key.</summary>
    public static byte[]? ReadInstallKey(FirewallHome home)
    {
        var key = new byte[InstallKeyLength];
        return Convert.TryFromBase64String(File.ReadAllText(home.InstallKey).Trim(), key, out var length) && length == InstallKeyLength ? key : null;
    }

    /// <summary>All or none: an agent whose own authority cannot be used is not to meet another one.</summary>
    private static AuthoritySet? OpenAuthorities(FirewallHome home, InterceptionOptions interception, TimeProvider time, out string problem)
    {
        var opened = new Dictionary<string, CertificateAuthority>(StringComparer.Ordinal);
        foreach (var agent in home.AgentsWithAuthority.Prepend(""))
        {
            var files = agent.Length == 0 ? home.Authority : home.AuthorityOf(agent);
            var error = CertificateAuthority.TryLoad(files.Certificate, files.Key, interception, time, out var authority);
            if (authority is null)
            {
                problem = Explain(error, files, agent.Length == 0 ? "sfw ca renew" : $"sfw ca renew --agent {agent}");
                foreach (var other in opened.Values)
                {
                    other.Dispose();
                }

                return null;
            }

            opened.Add(agent, authority);
        }

        problem = "";
        opened.Remove("", out var shared);
        return new AuthoritySet(shared!, opened);
    }

    private static string Explain(CertificateAuthorityError error, AuthorityFiles files, string renew) => error switch
    {
        CertificateAuthorityError.Expired => $"The CA {files.Certificate} has expired. Run: {renew}, and trust the new one.",
        CertificateAuthorityError.Unreadable => $"The CA {files.Certificate} or its key {files.Key} is missing or unreadable.",
        _ => $"The CA {files.Certificate} and its key {files.Key} are not a CA of ours: run {renew}, or restore both.",
    };
}
