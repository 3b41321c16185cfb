using System.Text;
using System.Text.Json;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli;
using SecretsFirewall.Commands;
using SecretsFirewall.Commands.Operations;
using SecretsFirewall.Commands.Table;
using SecretsFirewall.Tests.Fuzzing;
using SecretsFirewall.Tests.Listener;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Commands;

public sealed class OperationTableTests
{
    [Fact]
    public void Classify_Corpus_GivesEachRequestItsClass()
    {
        var wrong = new List<string>();
        foreach (var (expected, line) in Lines())
        {
            var verdict = ShippedCommands.Operations.Classify(Request(line));
            var written = verdict is null ? "unknown" : Word(verdict);
            if (written != expected)
            {
                wrong.Add($"expected {expected}, is {written}: {line} ({string.Join(", ", verdict?.Rules ?? [])})");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Classify_UnknownHost_SaysNothing()
    {
        Assert.Null(ShippedCommands.Operations.Classify(new OperationRequest("api.example.com", "DELETE", "/", "")));
        Assert.Null(ShippedCommands.Operations.Classify(new OperationRequest("api.github.com.example.com", "DELETE", "/repos/a/b", "")));
    }

    [Theory]
    [InlineData("api.github.com", "/graphql")]
    [InlineData("api.github.com", "/GraphQL")]
    [InlineData("gitlab.com", "/api/graphql")]
    public void Classify_BodyThatWasNotRead_IsRedAndExternalAndAsksForIt(string host, string path)
    {
        var verdict = ShippedCommands.Operations.Classify(new OperationRequest(host, "POST", path, ""))!;

        Assert.True(verdict.NeedsBody);
        Assert.True(verdict.IsExternal);
        Assert.Equal(CommandClass.Red, verdict.Class);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8")]
    [InlineData("application/x-www-form-urlencoded; x=json")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public void Classify_FormOfAwsThatWasNotRead_IsRedWhateverItsQuerySays(string? contentType)
    {
        var verdict = ShippedCommands.Operations.Classify(new OperationRequest("ec2.amazonaws.com", "POST", "/", "Action=DescribeInstances") { ContentType = contentType })!;

        Assert.True(verdict.NeedsBody);
        Assert.Equal(CommandClass.Red, verdict.Class);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "a=1&_%6Dethod=delete")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nDELETE\r\n--x--\r\n")]
    [InlineData(null, "_method=DELETE")]
    public void Classify_FormThatAsksForAnotherMethod_IsBoth(string? contentType, string body)
    {
        var request = new OperationRequest("gitlab.com", "POST", "/api/v4/projects/12", "") { ContentType = contentType };

        Assert.True(ShippedCommands.Operations.Classify(request)!.NeedsBody);
        Assert.Equal(CommandClass.CriticalRed, ShippedCommands.Operations.Classify(request with { Body = Encoding.UTF8.GetBytes(body) })!.Class);
        Assert.Equal(CommandClass.Yellow, ShippedCommands.Operations.Classify(request with { Body = "name=x"u8.ToArray() })!.Class);
    }

    [Fact]
    public void Classify_AnyMutationOfAGraphqlBody_NeverThrowsAndNeverHidesAMutation()
    {
        var seed = "{\"query\":\"query A($a: X = {b: [1]}) { a(b: \\\"c\\\") { ...F } } mutation B { d: e(f: {g: 1}) @h(i: true) { j } } fragment F on A { k }\"}"u8.ToArray();
        var random = new Random(4711);
        for (var round = 0; round < FuzzRounds.Or(4000); round++)
        {
            var body = Mutations.Of(seed, random);
            var verdict = ShippedCommands.Operations.Classify(new OperationRequest("api.github.com", "POST", "/graphql", "") { Body = body })!;

            // Only a quote or a comment can make the mutation something else and leave a document that a server takes.
            if (verdict.Class == CommandClass.Green && body.Count((byte)'"') == seed.Count(static one => one == (byte)'"') && !body.Contains((byte)'#'))
            {
                Assert.DoesNotContain("mutation B { d", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("""{ "id": "a", "class": "green", "reason": "r" }""", "It names no method, path or action, and so every request.")]
    [InlineData("""{ "id": "a", "methods": ["get"], "class": "green", "reason": "r" }""", "'get' is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE.")]
    [InlineData("""{ "id": "a", "paths": ["x"], "class": "green", "reason": "r" }""", "'x' is no path: it begins with a slash, has no empty segment, and ** at its end alone.")]
    [InlineData("""{ "id": "a", "paths": ["/**/x"], "class": "green", "reason": "r" }""", "'/**/x' is no path: it begins with a slash, has no empty segment, and ** at its end alone.")]
    [InlineData("""{ "id": "a", "methods": ["GET"], "clas": "green", "reason": "r" }""", "Unknown member 'clas'.")]
    [InlineData("""{ "id": "ok", "methods": ["GET"], "class": "green", "reason": "r" }""", "There is another entry 'ok'.")]
    public void Load_BrokenEntry_IsRefusedWithFileAndLine(string entry, string message)
    {
        var text = $$"""
            {
              "schema": "operations/v1", "family": "own", "hosts": ["api.example.com"],
              "reads": { "class": "green", "reason": "r" }, "writes": { "class": "red", "reason": "r" },
              "entries": [
                { "id": "ok", "methods": ["GET"], "class": "green", "reason": "r" },
                {{entry}}
              ]
            }
            """;

        Assert.Null(OperationTableLoader.Load([new CommandFile("own.json", Encoding.UTF8.GetBytes(text))], out var errors));
        Assert.Contains(errors, error => error.Path == "own.json" && error.Line == 6 && error.Message == message);
    }

    [Theory]
    [InlineData("\"hosts\": [\"com\"]", "Not a host name.")]
    [InlineData("\"hosts\": [\"a.example.com\", \"A.example.com.\"]", "'a.example.com' stands in another place, too.")]
    [InlineData("\"glob\": [\"*.com\"]", "Not a pattern of host names in lower case, whose last two labels are literal.")]
    [InlineData("\"hosts\": []", "No host is named.")]
    public void Load_BrokenHosts_AreRefused(string hosts, string message)
    {
        var text = $$"""{ "schema": "operations/v1", "family": "own", {{hosts}}, "reads": { "class": "green", "reason": "r" }, "writes": { "class": "red", "reason": "r" } }""";

        Assert.Null(OperationTableLoader.Load([new CommandFile("own.json", Encoding.UTF8.GetBytes(text))], out var errors));
        Assert.Contains(errors, error => error.Message == message);
    }

    [Fact]
    public void Export_Schema_EqualsTheCommittedOne()
    {
        var path = Path.Combine(Repository.Policies, "operations.schema.json");
        var exported = OperationSchema.Export();
        if (Environment.GetEnvironmentVariable("SFW_WRITE_SCHEMA") == "1")
        {
            File.WriteAllText(path, exported);
        }

        Assert.Equal(exported, File.ReadAllText(path));
    }

    [Theory]
    [InlineData("GET", "https://api.github.com/user", ExitCodes.Done, "green")]
    [InlineData("DELETE", "https://api.github.com/repos/a/b", ExitCodes.NotDone, "critical_red, external")]
    public async Task Command_Classify_SaysTheClassAndExitsByIt(string method, string url, int exitCode, string written)
    {
        var output = new StringWriter();

        Assert.Equal(exitCode, await SfwCommand.RunAsync(["operations", "classify", method, url], output, TextWriter.Null));
        Assert.Equal(written, output.ToString().Split('\n')[0].TrimEnd());
    }

    [Fact]
    public async Task Command_ClassifyUnknownHost_SaysWhatToDo()
    {
        var error = new StringWriter();

        Assert.Equal(ExitCodes.Broken, await SfwCommand.RunAsync(["operations", "classify", "GET", "https://example.com/"], TextWriter.Null, error));
        Assert.Contains("sfw operations list", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_ListJson_HasALineForEachEntry()
    {
        var output = new StringWriter();

        Assert.Equal(ExitCodes.Done, await SfwCommand.RunAsync(["operations", "list", "--family", "stripe", "--json"], output, TextWriter.Null));
        using var json = JsonDocument.Parse(output.ToString().Split('\n')[0]);
        Assert.Equal("stripe", json.RootElement.GetProperty("family").GetString());
    }

    private static OperationRequest Request(string line)
    {
        var (request, more) = line.Split('\t') is [var first, var second] ? (first, second) : (line, null);
        var (method, url) = request.Split(' ') is [var word, var text] ? (word, new Uri(text)) : throw new FormatException(line);
        var target = more?.StartsWith("target:", StringComparison.Ordinal) is true ? more["target:".Length..] : null;
        var isForm = target is null && more?.Contains('=', StringComparison.Ordinal) is true && !more.StartsWith('{') && !more.StartsWith('[');
        return new OperationRequest(url.IdnHost, method, Uri.UnescapeDataString(url.AbsolutePath), url.Query.TrimStart('?'))
        {
            Target = target,
            ContentType = isForm ? "application/x-www-form-urlencoded" : "application/json",
            Body = target is null && more is not null ? Encoding.UTF8.GetBytes(more) : default(ReadOnlyMemory<byte>),
        };
    }

    private static IEnumerable<(string Expected, string Line)> Lines()
    {
        var path = Path.Combine(Path.GetDirectoryName(Repository.Policies)!, "tests", "corpora", "operations.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        foreach (var expected in document.RootElement.EnumerateObject())
        {
            foreach (var line in expected.Value.EnumerateArray())
            {
                yield return (expected.Name, line.GetString()!);
            }
        }
    }

    private static string Word(OperationVerdict verdict) => JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.Class.ToString()) + (verdict.IsExternal ? "+" : "");
}
