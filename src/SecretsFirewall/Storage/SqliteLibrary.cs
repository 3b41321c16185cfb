using System.Runtime.InteropServices;
using SQLitePCL;

namespace SecretsFirewall.Storage;

/// <summary>
/// Which SQLite runs: the system's, which the distribution patches, or else the one in our package (older), so that a machine with only
/// the .NET SDK works. Decided once per process.
/// </summary>
internal static class SqliteLibrary
{
    private const string BundledFolder = "sqlite";

    private static readonly Lock Once = new();
    private static bool _resolved;

    /// <summary>True if the system's library runs, false for the bundled one. Meaningful after <see cref="TryLoad"/>.</summary>
    public static bool IsSystem { get; private set; }

    /// <summary>For <c>sfw status</c>: <c>3.40.1 (system)</c>.</summary>
    public static string Description { get; private set; } = "none";

    /// <summary>False where no library can be loaded.</summary>
    public static bool TryLoad()
    {
        lock (Once)
        {
            if (_resolved)
            {
                return true;
            }

            if (!TryFind(SystemNames(), out var library, out var fromSystem))
            {
                return false;
            }

            NativeLibrary.SetDllImportResolver(
                typeof(SQLite3Provider_e_sqlite3).Assembly,
                (name, _, _) => name == "e_sqlite3" ? library : IntPtr.Zero);
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
            IsSystem = fromSystem;
            Description = $"{raw.sqlite3_libversion().utf8_to_string()} ({(fromSystem ? "system" : "bundled")})";
            _resolved = true;
            return true;
        }
    }

    /// <summary>The first of <paramref name="systemNames"/> that loads, else the bundled library of this platform.</summary>
    internal static bool TryFind(IEnumerable<string> systemNames, out IntPtr library, out bool fromSystem)
    {
        foreach (var name in systemNames)
        {
            if (NativeLibrary.TryLoad(name, out library))
            {
                fromSystem = true;
                return true;
            }
        }

        fromSystem = false;
        return NativeLibrary.TryLoad(BundledPath(), out library);
    }

    private static IEnumerable<string> SystemNames() =>
        OperatingSystem.IsWindows() ? ["winsqlite3.dll"]
        : OperatingSystem.IsMacOS() ? ["/usr/lib/libsqlite3.dylib"]
        : ["libsqlite3.so.0"];

    // Where SecretsFirewall.csproj puts it.
    private static string BundledPath()
    {
        var platform = OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl"
            : "linux";
        var file = OperatingSystem.IsWindows() ? "e_sqlite3.dll" : OperatingSystem.IsMacOS() ? "libe_sqlite3.dylib" : "libe_sqlite3.so";
        var architecture = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.Arm64 => "arm64",
            Architecture.X64 => "x64",
            _ => "none",
        };
        return Path.Combine(AppContext.BaseDirectory, BundledFolder, $"{platform}-{architecture}", file);
    }
}
