using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Listener;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Gates;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Storage;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Storage;

public sealed class SqliteStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, 123, TimeSpan.Zero);
    private static readonly SecretName Github = SecretName.Create("github");

    private readonly TempFolder _folder = new();

    private string Database => _folder["firewall.db"];

    /// <summary>The copy that is made before today's schema is upgraded.</summary>
    private string Newest => $"{Database}.v{SchemaVersions.Scripts.Count}.bak";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Vault_WhatIsSaved_IsLoadedByTheNextProcess()
    {
        var binding = new SecretBinding("b1", Github, "ada", "api.example", 8443, ["GET", "POST"], "/repos/", BindingPlace.Json, "/a", "{}", 2);
        using (var store = Open())
        {
            Assert.True(store.Vault.SaveDataKey([1, 2, 3]));
            Assert.True(store.Vault.SaveSecrets([new StoredSecret(Github, 7, [4, 5], true, Now, Now.AddHours(1))]));
            Assert.True(store.Vault.SaveBinding(new StoredBinding(binding, [6])));
            Assert.True(store.Vault.SaveBinding(new StoredBinding(binding with { Id = "b2", Agent = null, PathPrefix = null, Methods = [], Place = BindingPlace.Header }, [7])));
        }

        using var again = Open();
        var content = again.Vault.Load()!;

        Assert.Equal([1, 2, 3], content.WrappedDataKey);
        var secret = Assert.Single(content.Secrets);
        Assert.Equal((Github, 7L, true, Now, Now.AddHours(1)), (secret.Name, secret.Version, secret.Weak, secret.CreatedAt, secret.ChangedAt));
        Assert.Equal([4, 5], secret.Sealed);
        Assert.Equal(binding with { Methods = [] }, content.Bindings[0].Binding with { Methods = Array.Empty<string>() });
        Assert.Equal(["GET", "POST"], content.Bindings[0].Binding.Methods);
        Assert.Equal((null, null, 0), (content.Bindings[1].Binding.Agent, content.Bindings[1].Binding.PathPrefix, content.Bindings[1].Binding.Methods.Count));
    }

    [Fact]
    public void Vault_OfAWholeLife_IsOpenedAgain()
    {
        using var key = MasterKey.Create(RandomNumberGenerator.GetBytes(32));
        var value = RandomNumberGenerator.GetHexString(40);
        using (var store = Open())
        using (var vault = SecretVault.Open(store.Vault, key, TimeProvider.System, NullLogger.Instance, out _)!)
        {
            Assert.Equal(VaultError.None, vault.Add(Github, Encoding.ASCII.GetBytes(value), weak: false));
            Assert.Equal(VaultError.None, vault.Bind(new SecretBinding("", Github, null, "api.example", 443, ["GET", "PUT"], "/a", BindingPlace.Header, "Authorization", "Bearer {}", 1)));
            Assert.Equal(VaultError.None, vault.Replace(Github, Encoding.ASCII.GetBytes(value), weak: false));
        }

        using var storeAgain = Open();
        using var again = SecretVault.Open(storeAgain.Vault, key, TimeProvider.System, NullLogger.Instance, out var error);

        Assert.Equal(VaultError.None, error);
        Assert.Single(again!.BindingsFor("api.example", 443));
        Assert.All(Directory.GetFiles(_folder.Path), path => Assert.DoesNotContain(value, File.ReadAllText(path, Encoding.Latin1), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void SaveSecrets_Existing_ReplacesItAndKeepsItsBindings()
    {
        using var store = Open();
        store.Vault.SaveSecrets([Secret(1)]);
        store.Vault.SaveBinding(Binding("b1"));

        Assert.True(store.Vault.SaveSecrets([Secret(2)]));

        var content = store.Vault.Load()!;
        Assert.Equal(2, Assert.Single(content.Secrets).Version);
        Assert.Single(content.Bindings);
    }

    [Fact]
    public void DeleteSecret_Bound_DeletesItsBindings()
    {
        using var store = Open();
        store.Vault.SaveSecrets([Secret(1)]);
        store.Vault.SaveBinding(Binding("b1"));

        Assert.True(store.Vault.DeleteSecret(Github));

        Assert.Empty(store.Vault.Load()!.Bindings);
    }

    [Fact]
    public void SaveBinding_UnknownSecretOrSameId_IsRefused()
    {
        using var store = Open();
        Assert.False(store.Vault.SaveBinding(Binding("b1")));
        store.Vault.SaveSecrets([Secret(1)]);

        Assert.True(store.Vault.SaveBinding(Binding("b1")));
        Assert.False(store.Vault.SaveBinding(Binding("b1")));
        Assert.True(store.Vault.DeleteBinding("b1"));
        Assert.Empty(store.Vault.Load()!.Bindings);
    }

    [Fact]
    public void SaveDataKey_Second_IsRefused()
    {
        using var store = Open();

        Assert.True(store.Vault.SaveDataKey([1]));
        Assert.False(store.Vault.SaveDataKey([2]));
        Assert.Equal([1], store.Vault.Load()!.WrappedDataKey);
    }

    [Fact]
    public void Load_RowThatIsNoSecret_IsRefused()
    {
        Open().Dispose();
        Execute("INSERT INTO secrets VALUES ('not a name', 1, x'00', 0, 0, 0, 'secret')");
        using var store = Open();

        Assert.Null(store.Vault.Load());
    }

    [Fact]
    public void Agents_WhatIsSaved_IsLoadedByTheNextProcess()
    {
        using (var store = Open())
        {
            Assert.True(store.Agents.Save(new AgentRecord("ada", 2, [1, 2], Now)));
            Assert.False(store.Agents.Save(new AgentRecord("ada", 3, [3], Now)));
            Assert.True(store.Agents.Save(new AgentRecord("bob", 1, [3], Now)));
            Assert.True(store.Agents.Delete("bob"));
        }

        using var again = Open();
        var agent = Assert.Single(again.Agents.Load()!);

        Assert.Equal(("ada", 2, Now), (agent.Name, agent.Level, agent.CreatedAt));
        Assert.Equal([1, 2], agent.TokenHash);
    }

    [Fact]
    public void Tables_ValueOfAnotherType_IsRefused()
    {
        Open().Dispose();

        Assert.Throws<SqliteException>(() => Execute("INSERT INTO agents VALUES ('ada', 'two', x'00', 0)"));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Files_AllOfThem_AreForTheOwnerAlone()
    {
        using var store = Open();
        store.Vault.SaveDataKey([1]);

        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var files = Directory.GetFiles(_folder.Path);
        Assert.True(files.Length >= 2);
        Assert.All(files, static path => Assert.Equal(owner, File.GetUnixFileMode(path)));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Open_RightsForOthers_AreTakenAway()
    {
        Open().Dispose();
        File.SetUnixFileMode(Database, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        Open().Dispose();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Database));
    }

    [Fact]
    public void Open_NewStore_UsesWalAndNamesItsLibrary()
    {
        using var store = Open();

        Assert.Equal("wal", Scalar("PRAGMA journal_mode"));
        Assert.Matches(@"^3\.\d+\.\d+ \((system|bundled)\)$", SqliteLibrary.Description);
    }

    [Fact]
    public void Open_NewerSchema_IsRefusedAndLeftAlone()
    {
        Open().Dispose();
        Execute("PRAGMA user_version = 99");

        AssertRefusedAndUntouched(StoreError.NewerSchema);
    }

    [Fact]
    public void Open_AnotherProgramsDatabase_IsRefusedAndLeftAlone()
    {
        SqliteLibrary.TryLoad();
        Execute("CREATE TABLE bookmarks (url TEXT)");

        AssertRefusedAndUntouched(StoreError.NotOurs);
    }

    [Fact]
    public void Open_Garbage_IsRefusedAndLeftAlone()
    {
        File.WriteAllBytes(Database, RandomNumberGenerator.GetBytes(10_000));

        AssertRefusedAndUntouched(StoreError.NotADatabase);
    }

    [Fact]
    public void Open_PagesOverwritten_IsRefusedAndLeftAlone()
    {
        using (var store = Open())
        {
            for (var i = 0; i < 200; i++)
            {
                store.Vault.SaveSecrets([Secret(1) with { Name = SecretName.Create($"s{i}"), Sealed = new byte[500] }]);
            }
        }

        var bytes = File.ReadAllBytes(Database);
        bytes.AsSpan(4096 * 3, 4096 * 8).Fill(0x5a);
        File.WriteAllBytes(Database, bytes);

        AssertRefusedAndUntouched(StoreError.Damaged);
    }

    [Fact]
    public void Open_FolderInItsPlace_IsRefused()
    {
        Directory.CreateDirectory(Database);

        Assert.Null(SqliteStore.Open(Database, NullLogger.Instance, out var error));
        Assert.Equal(StoreError.Unreadable, error);
    }

    [Fact]
    public void Open_NoFolder_IsRefused()
    {
        Assert.Null(SqliteStore.Open(_folder["none/firewall.db"], NullLogger.Instance, out var error));
        Assert.Equal(StoreError.Unreadable, error);
    }

    [Fact]
    public void Open_OlderSchema_IsUpgradedAfterACopy()
    {
        using (var store = Open())
        {
            store.Vault.SaveSecrets([Secret(1)]);
        }

        using (var upgraded = SqliteStore.Open(Database, NullLogger.Instance, [.. SchemaVersions.Scripts, "ALTER TABLE secrets ADD COLUMN note TEXT"], out var error))
        {
            Assert.Equal(StoreError.None, error);
            Assert.Single(upgraded!.Vault.Load()!.Secrets);
        }

        Assert.Equal(SchemaVersions.Scripts.Count + 1L, Scalar("PRAGMA user_version"));
        Assert.Equal((long)SchemaVersions.Scripts.Count, Scalar("PRAGMA user_version", Newest));
        Assert.Equal(1L, Scalar("SELECT count(*) FROM secrets", Newest));
        AssertRefusedAndUntouched(StoreError.NewerSchema);
    }

    [Fact]
    public void Open_StoreOfTheFirstVersion_KeepsItsSecretsAsTheyWereSealed()
    {
        using var key = MasterKey.Create(RandomNumberGenerator.GetBytes(32));
        var value = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(40));
        VaultContent before;
        using (var store = Open())
        using (var vault = SecretVault.Open(store.Vault, key, TimeProvider.System, NullLogger.Instance, out _)!)
        {
            Assert.Equal(VaultError.None, vault.Add(Github, value, weak: false));
            before = store.Vault.Load()!;
        }

        File.Delete(Database);
        WriteFirstVersion(before.WrappedDataKey!, Assert.Single(before.Secrets));

        using var upgraded = Open();
        Assert.Equal(before.Secrets[0].Sealed, Assert.Single(upgraded.Vault.Load()!.Secrets).Sealed);
        Assert.True(File.Exists(Database + ".v1.bak"));
        using var again = SecretVault.Open(upgraded.Vault, key, TimeProvider.System, NullLogger.Instance, out var error);
        Assert.Equal(VaultError.None, error);
        Assert.True(again!.IsCurrent(Github, value));
    }

    [Fact]
    public void Vault_RotatedValues_AreInItsBackupToo()
    {
        using var key = MasterKey.Create(RandomNumberGenerator.GetBytes(32));
        var old = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(40));
        using (var store = Open())
        using (var vault = SecretVault.Open(store.Vault, key, TimeProvider.System, NullLogger.Instance, out _)!)
        {
            Assert.Equal(VaultError.None, vault.Add(Github, old, weak: false));
            Assert.Equal(VaultError.None, vault.Rotate(Github, Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(40)), weak: false, TimeSpan.FromDays(30)));
            Assert.Equal(StoreError.None, store.Backup(_folder["copy.db"]));
        }

        using var copy = SqliteStore.Open(_folder["copy.db"], NullLogger.Instance, out _)!;
        using var again = SecretVault.Open(copy.Vault, key, TimeProvider.System, NullLogger.Instance, out _)!;
        var seen = new List<byte[]>();
        again.ForEach((_, _, value) => seen.Add(value.ToArray()));
        Assert.Equal(2, seen.Count);
        Assert.Equal(old, seen[1]);
        Assert.Equal([1L], again.List().Single().OldValues.Select(one => one.Version));
    }

    [Fact]
    public void OldValues_OfAName_AreReplacedWithIt()
    {
        using var store = Open();
        store.Vault.SaveSecrets([Secret(1)]);
        var first = new StoredOldValue(Github, 1, [9], Now, Now.AddDays(1), Now.AddDays(31));
        Assert.True(store.Vault.SaveRotation(Secret(2), [first]));
        Assert.True(store.Vault.SaveRotation(Secret(3), [first, first with { Version = 2, ExpiresAt = Now.AddDays(60) }]));

        Assert.Equal(first with { Sealed = [] }, store.Vault.Load()!.OldValues.Single(old => old.Version == 1) with { Sealed = [] });
        Assert.Equal([1L, 2L], store.Vault.Load()!.OldValues.Select(old => old.Version).Order());
        Assert.True(store.Vault.DeleteOldValues(Github, first.ExpiresAt));
        Assert.Equal([2L], store.Vault.Load()!.OldValues.Select(old => old.Version));
        Assert.True(store.Vault.DeleteSecret(Github));
        Assert.Empty(store.Vault.Load()!.OldValues);
    }

    [Fact]
    public void Kills_AreRememberedUntilTheyOrTheirAgentAreRemoved()
    {
        var kill = new Kill(KillScope.Agent, "ada", false, "Why.", "ops", Now);
        var host = new Kill(KillScope.Host, "eve", true, "", "ops", Now);
        using (var store = Open())
        {
            Assert.True(store.Kills.Save(kill with { Reason = "Before." }));
            Assert.True(store.Kills.Save(kill));
            Assert.True(store.Kills.Save(kill with { Name = "bob" }));
            Assert.True(store.Kills.Save(kill with { Name = "eve" }));
            Assert.True(store.Kills.Save(host));
        }

        using var again = Open();
        Assert.True(again.Kills.Delete(KillScope.Agent, "bob"));
        Assert.True(again.Agents.Delete("eve"));
        Assert.Equal([kill, host], again.Kills.Load()!.OrderBy(one => one.Scope));
    }

    [Fact]
    public void Kills_OfAnEarlierVersion_StayStopped()
    {
        var earlier = SqliteStore.Open(Database, NullLogger.Instance, [.. SchemaVersions.Scripts.TakeWhile(script => !script.Contains("kill_latches", StringComparison.Ordinal))], out _);
        Assert.NotNull(earlier);
        earlier.Dispose();
        using (var file = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            file.Open();
            using var insert = file.CreateCommand();
            insert.CommandText = "INSERT INTO kills (agent, reason, killed_ms) VALUES ('ada', 'Why.', 1000)";
            insert.ExecuteNonQuery();
        }

        using var store = Open();

        Assert.Equal([new Kill(KillScope.Agent, "ada", false, "Why.", "an earlier version", DateTimeOffset.FromUnixTimeSeconds(1))], store.Kills.Load());
    }

    [Fact]
    public void Kills_OfAScopeThatThisVersionDoesNotKnow_AreNotRead()
    {
        using (Open())
        {
        }

        using (var file = new SqliteConnection($"Data Source={Database};Pooling=False"))
        {
            file.Open();
            using var insert = file.CreateCommand();
            insert.CommandText = "INSERT INTO kill_latches (scope, name, subdomains, reason, said_by, killed_ms) VALUES ('planet', '', 0, '', '', 0)";
            insert.ExecuteNonQuery();
        }

        using var store = Open();

        Assert.Null(store.Kills.Load());
    }

    [Fact]
    public void Gate_WhatIsOpen_IsRememberedUntilItIsLockedItsAgentRemovedOrItsTimeOver()
    {
        var mail = new GateUnlock(new GateTarget("ada", new Destination("https", "mail.example", 443), null), Now.AddHours(1), "Why.", "ops", Now);
        var tool = mail with { Target = new GateTarget("ada", null, "Send_Mail") };
        using (var store = Open())
        {
            Assert.True(store.Gates.Save(mail with { Until = Now.AddMinutes(1) }));
            Assert.True(store.Gates.Save(mail with { Target = mail.Target with { Agent = "bob" } }));
            Assert.True(store.Gates.Save(tool));
            Assert.True(store.Gates.Save(mail with { Reason = "Why again.", UnlockedAt = Now.AddMinutes(2) }));
        }

        using var again = Open();
        Assert.True(again.Agents.Delete("bob"));
        Assert.Equal([mail with { Reason = "Why again.", UnlockedAt = Now.AddMinutes(2) }, tool], again.Gates.Load()!.OrderBy(one => one.Target.Tool));
        Assert.True(again.Gates.Delete(tool.Target with { Tool = "SEND_MAIL" }));
        Assert.Equal(mail.Target, Assert.Single(again.Gates.Load()!).Target);
    }

    [Fact]
    public void Open_UpgradeFailsHalfway_LeavesTheOldSchemaWhole()
    {
        using (var store = Open())
        {
            store.Vault.SaveSecrets([Secret(1)]);
        }

        Assert.Null(SqliteStore.Open(Database, NullLogger.Instance, [.. SchemaVersions.Scripts, "DROP TABLE agents; CREATE nonsense"], out var error));

        Assert.Equal(StoreError.UpgradeFailed, error);
        Assert.True(File.Exists(Newest));
        using var again = Open();
        Assert.Single(again.Vault.Load()!.Secrets);
        Assert.Empty(again.Agents.Load()!);
    }

    [Fact]
    public void Open_CopyCannotBeWritten_DoesNotUpgrade()
    {
        Open().Dispose();
        Directory.CreateDirectory(Newest);

        Assert.Null(SqliteStore.Open(Database, NullLogger.Instance, [.. SchemaVersions.Scripts, "DROP TABLE agents"], out var error));

        Assert.Equal(StoreError.CopyFailed, error);
        using var again = Open();
        Assert.NotNull(again.Agents.Load());
    }

    [Fact]
    public void Backup_WhileInUse_IsAWholeStoreOfItsOwn()
    {
        using var store = Open();
        store.Vault.SaveSecrets([Secret(1)]);

        Assert.Equal(StoreError.None, store.Backup(_folder["copy.db"]));
        store.Vault.DeleteSecret(Github);

        using var copy = SqliteStore.Open(_folder["copy.db"], NullLogger.Instance, out _);
        Assert.Single(copy!.Vault.Load()!.Secrets);
    }

    [Fact]
    public void Backup_ExistingFile_IsNeverOverwritten()
    {
        using var store = Open();
        File.WriteAllText(_folder["copy.db"], "precious");

        Assert.Equal(StoreError.BackupExists, store.Backup(_folder["copy.db"]));
        Assert.Equal("precious", File.ReadAllText(_folder["copy.db"]));
    }

    [Fact]
    public void Backup_NoFolder_IsRefused()
    {
        using var store = Open();

        Assert.Equal(StoreError.Unreadable, store.Backup(_folder["none/copy.db"]));
    }

    [Fact]
    public void Writes_WhileAnotherHoldsTheFile_AreRefusedAndChangeNothing()
    {
        using var store = Open();
        using var other = new SqliteConnection($"Data Source={Database};Pooling=False");
        other.Open();
        using var hold = other.BeginTransaction();

        Assert.False(store.Vault.SaveDataKey([1]));

        hold.Rollback();
        Assert.Null(store.Vault.Load()!.WrappedDataKey);
        Assert.True(store.Vault.SaveDataKey([1]));
    }

    [Fact]
    public void Library_NoneOnTheSystem_FallsBackToTheBundledOne()
    {
        Assert.True(SqliteLibrary.TryFind(["libnone-such.so.7"], out var library, out var fromSystem));

        Assert.NotEqual(IntPtr.Zero, library);
        Assert.False(fromSystem);
    }

    [Fact]
    public void Errors_All_HaveASentence() => Assert.All(Enum.GetValues<StoreError>(), static error => Assert.NotEmpty(error.Sentence()));

    private static StoredSecret Secret(long version) => new(Github, version, [1], false, Now, Now);

    private static StoredBinding Binding(string id) =>
        new(new SecretBinding(id, Github, null, "api.example", 443, [], null, BindingPlace.Header, "Authorization", "{}", 1), [1]);

    private SqliteStore Open()
    {
        var store = SqliteStore.Open(Database, NullLogger.Instance, out var error);
        Assert.Equal(StoreError.None, error);
        return store!;
    }

    private void AssertRefusedAndUntouched(StoreError expected)
    {
        var before = File.ReadAllBytes(Database);

        Assert.Null(SqliteStore.Open(Database, NullLogger.Instance, out var error));

        Assert.Equal(expected, error);
        Assert.Equal(before, File.ReadAllBytes(Database));
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        connection.Execute(sql);
    }

    private void WriteFirstVersion(byte[] dataKey, StoredSecret secret)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        connection.Execute(SchemaVersions.Scripts[0]);
        connection.Execute("PRAGMA application_id = 0x53465731");
        connection.Execute("PRAGMA user_version = 1");
        connection.Execute("INSERT INTO vault_key (id, wrapped) VALUES (1, $wrapped)", null, ("$wrapped", dataKey));
        connection.Execute(
            "INSERT INTO secrets (name, version, sealed, weak, created_ms, changed_ms) VALUES ($name, $version, $sealed, 0, 0, 0)",
            null,
            ("$name", secret.Name.Value),
            ("$version", secret.Version),
            ("$sealed", secret.Sealed));
    }

    private object Scalar(string sql, string? path = null)
    {
        using var connection = new SqliteConnection($"Data Source={path ?? Database};Pooling=False");
        connection.Open();
        return connection.Scalar<object>(sql);
    }
}
