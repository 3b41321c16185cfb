using System.Runtime.InteropServices;

namespace SecretsFirewall.Cli;

/// <summary>Ctrl-C and SIGTERM as a token. The second Ctrl-C ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _heard;

    /// <param name="ignoreInterrupt">For a process in the background of a terminal: Ctrl-C means the foreground.</param>
    public StopSignals(bool ignoreInterrupt, CancellationToken outer)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, ignoreInterrupt ? Ignore : Stop));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, ignoreInterrupt ? Ignore : Stop));
    }

    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = Interlocked.Increment(ref _heard) == 1;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command line library hears the same signal, in no fixed order: the command may have ended while this one waited its turn.
        }
    }
}
