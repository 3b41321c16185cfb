using System.Diagnostics;
using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>What a client that has ended left behind.</summary>
internal sealed record ClientResult(int ExitCode, byte[] Output, byte[] Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string ErrorText => Encoding.UTF8.GetString(Errors);

    /// <summary>The same result, after a look at the exit code.</summary>
    public ClientResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"The client ended with {ExitCode}: {ErrorText}{Text}");
        return this;
    }
}

/// <summary>One run of a client, with its output readable line by line while it runs.</summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly MemoryStream _output = new();
    private readonly Task<byte[]> _errors;
    private bool _inputClosed;

    private ClientProcess(Process process)
    {
        _process = process;
        _errors = DrainAsync(process.StandardError.BaseStream);
    }

    /// <summary>Starts <paramref name="program"/> with nothing of our environment but what a program needs to live, and <paramref name="environment"/>.</summary>
    public static ClientProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = folder ?? Path.GetTempPath();
        start.Environment["LANG"] = "C.UTF-8";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ClientProcess(Process.Start(start)!);
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<ClientResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, byte[]? input = null, string? folder = null)
    {
        await using var client = Start(program, arguments, environment, folder);
        return await client.FinishAsync(input);
    }

    public int Id => _process.Id;

    /// <summary>For an input that is not at hand as a whole; <see cref="FinishAsync"/> closes it.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Writes <paramref name="input"/> and closes the input.</summary>
    public async Task SendAsync(byte[] input)
    {
        _inputClosed = true;
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code says why.
        }
    }

    /// <summary>Sends <paramref name="input"/>, if any, and waits for the end.</summary>
    public async Task<ClientResult> FinishAsync(byte[]? input = null)
    {
        var draining = _process.StandardOutput.BaseStream.CopyToAsync(_output);
        if (!_inputClosed)
        {
            await SendAsync(input ?? []);
        }

        await Task.WhenAll(draining, _errors, _process.WaitForExitAsync()).WaitAsync(Harness.Patience.Client);
        return new ClientResult(_process.ExitCode, _output.ToArray(), await _errors);
    }

    /// <summary>The next line of its output as soon as it is there, or null at the end.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await _process.StandardOutput.BaseStream.ReadAsync(one).AsTask().WaitAsync(Harness.Patience.Client) > 0)
        {
            _output.Write(one);
            if (one[0] == '\n')
            {
                return Encoding.UTF8.GetString([.. line]);
            }

            line.Add(one[0]);
        }

        return line.Count == 0 ? null : Encoding.UTF8.GetString([.. line]);
    }

    /// <summary>Lets the rest of the output go, so that a process which runs on never blocks on a full pipe.</summary>
    public void Drain() => _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        await _output.DisposeAsync();
    }

    private static async Task<byte[]> DrainAsync(Stream stream)
    {
        var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}
