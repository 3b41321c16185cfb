using System.Net;
using System.Text.Json;
using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>
/// The one directory (0700) that outside and inside share: the way to the proxy, what the command must read of the home, and what is said across.
/// It ends with the command.
/// </summary>
internal sealed class LockFolder : IDisposable
{
    private LockFolder(string path) => FullPath = path;

    public string FullPath { get; }

    /// <summary>The Unix socket behind which the proxy is.</summary>
    public string Socket => Path.Combine(FullPath, "proxy.sock");

    /// <summary>Written from inside once everything is in place, just before the command begins.</summary>
    public string ReadyFile => Path.Combine(FullPath, "ready");

    private string LeaksFile => Path.Combine(FullPath, "leaks.json");

    public static LockFolder Create() => new(Directory.CreateTempSubdirectory("sfw-lock-").FullName);

    public static LockFolder Open(string path) => new(path);

    /// <summary>The same connection as it is inside: the relay is on loopback, and the roots can be read where the home is hidden.</summary>
    public AgentConnection Copy(AgentConnection connection) => connection with
    {
        Proxy = new IPEndPoint(IPAddress.Loopback, connection.Proxy.Port),
        CaBundle = Copy(connection.CaBundle)!,
        JavaTrustStore = Copy(connection.JavaTrustStore),
    };

    public void WriteLeaks(List<Leak> leaks) => PrivateFile.Write(LeaksFile, JsonSerializer.SerializeToUtf8Bytes(leaks, LockJson.Default.ListLeak));

    public IReadOnlyList<Leak> ReadLeaks() =>
        File.Exists(LeaksFile) ? JsonSerializer.Deserialize(File.ReadAllBytes(LeaksFile), LockJson.Default.ListLeak)! : [];

    public void Dispose() => Directory.Delete(FullPath, recursive: true);

    private string? Copy(string? file)
    {
        if (file is null)
        {
            return null;
        }

        var copy = Path.Combine(FullPath, Path.GetFileName(file));
        PrivateFile.Write(copy, File.ReadAllBytes(file));
        return copy;
    }
}
