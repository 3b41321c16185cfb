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

    /// <summary>Serves to whoever presents <paramref name="authorization"/>, and asks everybody else for credentials.</summary>
    public UpstreamScript Script(string? authorization = null) => async exchange =>
    {
        var body = await exchange.ReadBodyAsync();
        if (authorization is not null && exchange.Request.Header("Authorization") != authorization)
        {
            exchange.Status(401).Header("WWW-Authenticate", "Basic realm=\"git\"");
            return;
        }

        var answer = await RunCgiAsync(exchange.Request, body);
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

    private async Task<byte[]> RunCgiAsync(RecordedRequest request, byte[] body)
    {
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
            ["CONTENT_LENGTH"] = body.Length.ToString(CultureInfo.InvariantCulture),
            ["HTTP_CONTENT_ENCODING"] = request.Header("Content-Encoding") ?? "",
            ["GIT_PROTOCOL"] = request.Header("Git-Protocol") ?? "",
        };
        var result = await ClientProcess.RunAsync(ClientPrograms.Executable(Client.Git), ["http-backend"], environment, body, _root.FullName);
        return result.Succeeded().Output;
    }

    private async Task GitAsync(params string[] arguments)
    {
        var result = await ClientProcess.RunAsync(
            ClientPrograms.Executable(Client.Git), arguments, new Dictionary<string, string>(), folder: _root.FullName);
        result.Succeeded();
    }
}
