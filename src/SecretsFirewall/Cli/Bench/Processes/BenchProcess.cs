using System.Diagnostics;
using System.Text.Json;
using SecretsFirewall.Cli.Exec;

namespace SecretsFirewall.Cli.Bench.Processes;

/// <summary>
/// This executable again, under a hidden verb behind <c>bench</c>, in a process of its own so that its CPU seconds are its own.
/// It ends with its standard input, so a bench that dies leaves nothing behind.
/// </summary>
internal sealed class BenchProcess : IDisposable
{
    private readonly Process _process;

    private BenchProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static BenchProcess Start(params ReadOnlySpan<string> arguments)
    {
        var command = SelfCommand.With(["bench", .. arguments]);
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new BenchProcess(Process.Start(start)!);
    }

    public async Task SendAsync<T>(T message)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(message));
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>An empty line: go on.</summary>
    public async Task NudgeAsync()
    {
        await _process.StandardInput.WriteLineAsync();
        await _process.StandardInput.FlushAsync();
    }

    public async Task<T> ReceiveAsync<T>(CancellationToken stop = default)
    {
        var line = await _process.StandardOutput.ReadLineAsync(stop)
            ?? throw new EndOfStreamException($"Child process {Id} ended.");
        return JsonSerializer.Deserialize<T>(line)!;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}

/// <summary>The first line of a serving child: where it listens, and the authority that vouches for it.</summary>
internal sealed record Listening(string EndPoint, string CaFile);
