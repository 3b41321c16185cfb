using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Cli.Exec;

/// <summary>How a command ended, or why it never began.</summary>
internal readonly record struct ChildResult(int ExitCode, string? Problem);

/// <summary>
/// Runs a command on our own standard streams. Ctrl-C reaches it from the terminal as it does us; SIGTERM and SIGHUP are passed on; its
/// exit code becomes ours.
/// </summary>
internal static class ChildProcess
{
    // errno values, the same on Linux and macOS.
    private const int NoSuchFile = 2;

    private const int TerminateSignal = 15;

    private const int HangUpSignal = 1;

    /// <param name="receiver">Who gets the signals, by the child's process id, where it is not the child.</param>
    public static async Task<ChildResult> RunAsync(
        IReadOnlyList<string> command, IReadOnlyList<EnvironmentVariable> environment, Func<int, int>? receiver = null)
    {
        if (Resolve(command[0]) is not { } executable)
        {
            return new ChildResult(ExitCodes.NotFound, "The command was not found.");
        }

        if (!ExecutablePath.IsExecutable(executable))
        {
            return new ChildResult(ExitCodes.NotExecutable, "The command is not an executable file.");
        }

        var start = new ProcessStartInfo(executable, command.Skip(1));
        AgentEnvironment.Apply(start.Environment, environment);

        // Registered before the child exists: none of these may end us and leave it alone.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static context => context.Cancel = true);
        Process? child = null;
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => PassOn(context, child, receiver, TerminateSignal));
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => PassOn(context, child, receiver, HangUpSignal));
        try
        {
            child = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            return e.NativeErrorCode == NoSuchFile
                ? new ChildResult(ExitCodes.NotFound, "The command, or the interpreter that it names, was not found.")
                : new ChildResult(ExitCodes.NotExecutable, "The command cannot be executed.");
        }

        using (child)
        {
            await child.WaitForExitAsync();
            return new ChildResult(child.ExitCode, null);
        }
    }

    private static string? Resolve(string command) =>
        !command.Contains('/', StringComparison.Ordinal) ? ExecutablePath.Find(command)
        : File.Exists(command) ? Path.GetFullPath(command)
        : null;

    private static void PassOn(PosixSignalContext context, Process? child, Func<int, int>? receiver, int signal)
    {
        context.Cancel = true;
        if (child is { HasExited: false } && !OperatingSystem.IsWindows())
        {
            _ = NativeMethods.Kill(receiver?.Invoke(child.Id) ?? child.Id, signal);
        }
    }

    private static class NativeMethods
    {
        /// <summary>kill(2); the base library has no way to send another signal than SIGKILL.</summary>
        [DllImport("libc", EntryPoint = "kill")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Kill(int processId, int signal);
    }
}
