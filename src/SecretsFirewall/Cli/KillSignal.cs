using System.Runtime.InteropServices;

namespace SecretsFirewall.Cli;

/// <summary>SIGUSR1 as the kill switch. One that comes while the firewall starts is kept until it can be done.</summary>
internal sealed class KillSignal : IDisposable
{
    public const string Name = "SIGUSR1";

    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration? _registration;
    private Action? _kill;
    private bool _heard;

    public KillSignal() => _registration = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create((PosixSignal)Number, Hear);

    // The enum has no word for it, and takes the system's own numbers.
    private static int Number => OperatingSystem.IsLinux() ? 10 : 30;

    /// <summary>What it does from now on.</summary>
    public void Attach(Action kill)
    {
        lock (_lock)
        {
            _kill = kill;
            if (_heard)
            {
                kill();
            }
        }
    }

    public void Dispose() => _registration?.Dispose();

    private void Hear(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            _heard = true;
            _kill?.Invoke();
        }
    }
}
