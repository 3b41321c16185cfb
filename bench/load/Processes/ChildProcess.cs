using System.Diagnostics;
using System.Text.Json;

namespace SecretsFirewall.Load.Processes;

/// <summary>
/// This executable again, under a hidden verb, in a process of its own so that its CPU seconds are its own.
/// It ends with its standard input, so a bench that dies leaves nothing behind.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static ChildProcess Start(params IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new ChildProcess(Process.Start(start)!);
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

    public async Task<T> ReceiveAsync<T>()
    {
        var line = await _process.StandardOutput.ReadLineAsync()
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
