using System.Runtime.InteropServices;

namespace SecretsFirewall.Cli.Running;

/// <summary>
/// Keeps the memory of this process, where values are unsealed while they are matched and bound, out of core dumps and other processes' sight:
/// no core file (RLIMIT_CORE, getrlimit(2)), and not dumpable (prctl(2)), which also forbids debuggers and <c>/proc/PID/mem</c>. Programs that it
/// starts are dumpable again, as the kernel has it.
/// </summary>
internal static class ProcessSecrecy
{
    private const int CoreLimit = 4; // RLIMIT_CORE, the same on all of Linux's and macOS's processors
    private const int SetDumpable = 4; // PR_SET_DUMPABLE

    /// <summary>False where the system does not do it.</summary>
    public static bool Apply()
    {
        try
        {
            var noCore = (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()) && Native.SetLimit(CoreLimit, [0, 0]) == 0;
            return noCore && (!OperatingSystem.IsLinux() || Native.Control(SetDumpable, 0, 0, 0, 0) == 0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "setrlimit")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int SetLimit(int resource, ulong[] limits);

        [DllImport("libc", EntryPoint = "prctl")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Control(int option, ulong value, ulong third, ulong fourth, ulong fifth);
    }
}
