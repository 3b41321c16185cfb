using System.Text.Json;
using SecretsFirewall.Cli;
using SecretsFirewall.EndToEnd.Tests.Drivers;

namespace SecretsFirewall.EndToEnd.Tests.Cli;

/// <summary>A home of one test, and the executable on it, each command a process of its own.</summary>
internal sealed class SfwHome : IAsyncDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sfw-cli-");
    private ClientProcess? _running;

    public FirewallHome Home => new(Path.Combine(_root.FullName, "home"));

    public Task<ClientResult> RunAsync(params string[] arguments) => RunAsync([], arguments);

    public Task<ClientResult> RunAsync(byte[] input, params string[] arguments) =>
        ClientProcess.RunAsync("dotnet", [typeof(Firewall).Assembly.Location, .. arguments], Environment(), input, Folder);

    /// <summary>Starts <c>sfw run</c> on free ports and waits until it answers.</summary>
    public async Task<JsonElement> StartAsync()
    {
        _running = ClientProcess.Start(
            "dotnet", [typeof(Firewall).Assembly.Location, "run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"], Environment());
        while (await _running.ReadLineAsync() is { } line && !line.StartsWith("  home", StringComparison.Ordinal))
        {
            // Its banner comes once everything listens.
        }

        return await StatusAsync();
    }

    public async Task<JsonElement> StatusAsync()
    {
        var status = await RunAsync("status", "--json");
        using var document = JsonDocument.Parse(status.Text);
        return document.RootElement.Clone();
    }

    /// <summary>Ends what <see cref="StartAsync"/> started.</summary>
    public async Task StopAsync()
    {
        if (_running is not null)
        {
            await _running.DisposeAsync();
            _running = null;
        }
    }

    /// <summary>Asks what <see cref="StartAsync"/> started to end, as a service manager does, and waits for it.</summary>
    public async Task EndAsync()
    {
        var running = _running!;
        _running = null;
        (await ClientProcess.RunAsync("kill", ["-TERM", $"{running.Id}"], Environment(), [], Folder)).Succeeded();
        await running.FinishAsync();
        await running.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();

        // A private firewall ends with its last command, a moment after it.
        while (Directory.Exists(Home.Root))
        {
            using var free = HomeLock.TryTake(Home, TimeProvider.System);
            if (free is not null)
            {
                break;
            }

            await Task.Yield();
        }

        _root.Delete(recursive: true);
    }

    /// <summary>The directory of this test, and the variables of its commands, for a test that starts them in its own way.</summary>
    public string Folder => _root.FullName;

    public IReadOnlyDictionary<string, string> Variables => Environment();

    private Dictionary<string, string> Environment() => new() { [FirewallHome.Variable] = Home.Root, ["DOTNET_NOLOGO"] = "1" };
}
