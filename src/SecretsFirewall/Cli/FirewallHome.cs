namespace SecretsFirewall.Cli;

/// <summary>
/// The one directory that holds everything of an installation, and the names of what lies in it. Directories are 0700 and files 0600:
/// whoever may read the home holds the CA key and the master key (DESIGN.md section 1, <c>home_readable_by_agent</c>).
/// </summary>
internal sealed class FirewallHome
{
    /// <summary>The variable that names the home where no <c>--home</c> does.</summary>
    public const string Variable = "SFW_HOME";

    public const string DefaultFolder = ".secretsfirewall";

    public FirewallHome(string root)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
    }

    public string Root { get; }

    public string ConfigFile => Path.Combine(Root, "config.json");

    public string CaCertificate => Path.Combine(Root, "ca", "ca.pem");

    public string CaKey => Path.Combine(Root, "ca", "ca.key");

    /// <summary>The system's roots and ours: what CA variables point to. One with ours alone would break direct TLS.</summary>
    public string CaBundle => Path.Combine(Root, "ca", "bundle.pem");

    /// <summary>The same for Java, which reads PKCS#12; exists only where <c>keytool</c> could make it.</summary>
    public string JavaTrustStore => Path.Combine(Root, "ca", "truststore.p12");

    /// <summary>The installation's own.</summary>
    public AuthorityFiles Authority => new(CaCertificate, CaKey, CaBundle, JavaTrustStore);

    private string AgentAuthorities => Path.Combine(Root, "ca", "agents");

    private string AgentBundles => Path.Combine(Root, "ca", "bundles");

    /// <summary>The agents that have an authority of their own.</summary>
    public IReadOnlyList<string> AgentsWithAuthority => Directory.Exists(AgentAuthorities)
        ? [.. Directory.EnumerateFiles(AgentAuthorities, "*.pem").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Where an agent's own authority lies, if it has one.</summary>
    public AuthorityFiles AuthorityOf(string agent) => new(
        Path.Combine(AgentAuthorities, agent + ".pem"), Path.Combine(AgentAuthorities, agent + ".key"), Path.Combine(AgentBundles, agent + ".pem"), Path.Combine(AgentBundles, agent + ".p12"));

    /// <summary>What an agent is to trust: its own authority, or the installation's.</summary>
    public AuthorityFiles TrustedBy(string agent) => File.Exists(AuthorityOf(agent).Certificate) ? AuthorityOf(agent) : Authority;

    public string MasterKey => Path.Combine(Root, "keys", "master.key");

    /// <summary>32 random bytes in base64: fingerprints and tags of findings are keyed with it.</summary>
    public string InstallKey => Path.Combine(Root, "keys", "install.key");

    /// <summary>Private keys that sign policies and roots, where they are not kept elsewhere.</summary>
    public string PolicyKeys => Path.Combine(Root, "keys", "policy");

    /// <summary>The key that signs audit checkpoints, and the public halves of all there ever were.</summary>
    public string AuditKeys => Path.Combine(Root, "keys", "audit");

    public string AuditKey => Path.Combine(AuditKeys, "current.key");

    /// <summary>Stops everything while it is there, and until `sfw unkill system` after that.</summary>
    public string KillFile => Path.Combine(Root, "KILL");

    public string Database => Path.Combine(Root, "firewall.db");

    public string AuditDirectory => Path.Combine(Root, "audit");

    /// <summary>What a time-stamping authority answered.</summary>
    public string TimestampDirectory => Path.Combine(AuditDirectory, "timestamps");

    /// <summary>Each policy that was in force, by its hash, as it was read.</summary>
    public string PolicyArchive => Path.Combine(AuditDirectory, "policies");

    public string LogDirectory => Path.Combine(Root, "logs");

    /// <summary>One folder per policy.</summary>
    public string PolicyDirectory => Path.Combine(Root, "policies");

    /// <summary>Where the control socket lies if its path fits into a socket address; see <see cref="ControlSocketPointer"/>.</summary>
    public string ControlSocket => Path.Combine(Root, "control.sock");

    /// <summary>Holds the control socket's real path where the home's own is too long for one.</summary>
    public string ControlSocketPointer => Path.Combine(Root, "control.path");

    public string LockFile => Path.Combine(Root, "lock");

    /// <summary>Says who holds the lock. Information only: the lock itself dies with its process.</summary>
    public string LockHolderFile => Path.Combine(Root, "lock.holder");

    private IEnumerable<string> Directories =>
        [Root, Path.Combine(Root, "ca"), AgentAuthorities, AgentBundles, Path.Combine(Root, "keys"), PolicyKeys, AuditKeys, AuditDirectory, LogDirectory, PolicyDirectory];

    /// <summary>The flag, else the variable, else the folder in the user's own directory.</summary>
    public static FirewallHome Resolve(string? flag, Func<string, string?> environment)
    {
        if (!string.IsNullOrWhiteSpace(flag))
        {
            return new FirewallHome(flag);
        }

        var variable = environment(Variable);
        return new FirewallHome(string.IsNullOrWhiteSpace(variable)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), DefaultFolder)
            : variable);
    }

    /// <summary>Creates what is missing. Null if the home can be used, else one sentence that says what to do.</summary>
    public string? Prepare()
    {
        try
        {
            foreach (var directory in Directories)
            {
                PrivateFile.CreateDirectory(directory);
            }
        }
        catch (UnauthorizedAccessException)
        {
            return $"The home {Root} cannot be read or written by this user. Correct its owner, or name another with --home or {Variable}.";
        }
        catch (IOException e)
        {
            return $"The home {Root} cannot be used: {e.Message} Name another with --home or {Variable}.";
        }

        return PrivateFile.IsPrivate(Root)
            ? null
            : $"The home {Root} is open to other users, and it holds private keys. Run: chmod 700 {Root}";
    }

    public override string ToString() => Root;
}
