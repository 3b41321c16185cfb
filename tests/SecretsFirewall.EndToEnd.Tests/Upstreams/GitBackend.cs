using System.Globalization;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;

namespace SecretsFirewall.EndToEnd.Tests.Upstreams;

/// <summary>A git server: a bare repository served by <c>git http-backend</c>, git's own CGI program.</summary>
internal sealed class GitBackend : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("sfw-e2e-git-");

    /// <summary>What the only file of the repository holds.</summary>
    public string Content { get; } = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"line {i}\n"));

    public async Task CreateAsync()
    {
        var work = Path.Combine(_root.FullName, "work");
        await GitAsync("init", "-q", "-b", "main", work);
        await File.WriteAllTextAsync(Path.Combine(work, "file.txt"), Content);
        await GitAsync("-C", work, "add", ".");
        await GitAsync("-C", work, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "One");
        await GitAsync("clone", "-q", "--bare", work, Path.Combine(_root.FullName, "repository.git"));
    }

    /// <summary>An empty repository that takes pushes.</summary>
    public async Task CreateEmptyAsync(string name, string format = "sha1")
    {
        await GitAsync("init", "-q", "--bare", "-b", "main", $"--object-format={format}", name);
        await GitAsync("-C", name, "config", "http.receivepack", "true");
        await GitAsync("-C", name, "config", "receive.fsckObjects", "true");
        await GitAsync("-C", name, "config", "receive.advertisePushOptions", "true");
    }

    /// <summary>Adds a commit to what is served as <c>repository.git</c>.</summary>
    public async Task CommitAsync(string name, byte[] content)
    {
        var work = Path.Combine(_root.FullName, "work");
        await File.WriteAllBytesAsync(Path.Combine(work, name), content);
        await GitAsync("-C", work, "add", ".");
        await GitAsync("-C", work, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "More");
        await GitAsync("-C", work, "push", "-q", Path.Combine(_root.FullName, "repository.git"), "main");
    }

    /// <summary>What git answers in the repository <paramref name="name"/>.</summary>
    public async Task<string> AskAsync(string name, params string[] arguments)
    {
        var result = await ClientProcess.RunAsync(
            ClientPrograms.Executable(Client.Git), ["-C", Path.Combine(_root.FullName, name), .. arguments], new Dictionary<string, string>(), folder: _root.FullName);
        return result.Succeeded().Text;
    }

    /// <summary>How many objects it holds, loose and packed, those of a push that broke off included.</summary>
    public int CountObjects(string name) =>
        Directory.EnumerateFiles(Path.Combine(_root.FullName, name, "objects"), "*", SearchOption.AllDirectories).Count();

    /// <summary>Serves to whoever presents <paramref name="authorization"/>, and asks everybody else for credentials.</summary>
    public UpstreamScript Script(string? authorization = null) => async exchange =>
    {
        if (authorization is not null && exchange.Request.Header("Authorization") != authorization)
        {
            await exchange.ReadBodyAsync();
            exchange.Status(401).Header("WWW-Authenticate", "Basic realm=\"git\"");
            return;
        }

        var answer = await RunCgiAsync(exchange);
        var headEnd = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var line in Encoding.ASCII.GetString(answer, 0, headEnd).Split("\r\n"))
        {
            var (name, value) = (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim());
            if (name == "Status")
            {
                exchange.Status(int.Parse(value.AsSpan(0, 3), CultureInfo.InvariantCulture));
            }
            else
            {
                exchange.Header(name, value);
            }
        }

        await exchange.SendAsync(answer.AsMemory(headEnd + 4));
    };

    public void Dispose() => _root.Delete(recursive: true);

    // The body is handed on while it comes, as a web server does: a push that breaks off has begun.
    private async Task<byte[]> RunCgiAsync(UpstreamExchange exchange)
    {
        var request = exchange.Request;
        var target = request.Target.Split('?', 2);
        var environment = new Dictionary<string, string>
        {
            ["GIT_PROJECT_ROOT"] = _root.FullName,
            ["GIT_HTTP_EXPORT_ALL"] = "1",
            ["GIT_CONFIG_COUNT"] = "1",
            ["GIT_CONFIG_KEY_0"] = "safe.directory",
            ["GIT_CONFIG_VALUE_0"] = "*",
            ["REQUEST_METHOD"] = request.Method,
            ["PATH_INFO"] = target[0],
            ["QUERY_STRING"] = target.Length > 1 ? target[1] : "",
            ["CONTENT_TYPE"] = request.Header("Content-Type") ?? "",
            ["HTTP_CONTENT_ENCODING"] = request.Header("Content-Encoding") ?? "",
            ["GIT_PROTOCOL"] = request.Header("Git-Protocol") ?? "",
        };
        if (request.Header("Content-Length") is { } length)
        {
            environment["CONTENT_LENGTH"] = length;
        }

        await using var process = ClientProcess.Start(ClientPrograms.Executable(Client.Git), ["http-backend"], environment, _root.FullName);
        await exchange.CopyBodyAsync(process.Input);
        return (await process.FinishAsync()).Succeeded().Output;
    }

    private async Task GitAsync(params string[] arguments)
    {
        var result = await ClientProcess.RunAsync(
            ClientPrograms.Executable(Client.Git), arguments, new Dictionary<string, string>(), folder: _root.FullName);
        result.Succeeded();
    }
}
