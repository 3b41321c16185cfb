using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.RealClients;

/// <summary>Clients that sign for AWS and have nothing to sign with but the reference.</summary>
public sealed class AwsTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    [ClientTheory(Client.Curl)]
    [InlineData("s3", "--http1.1", "/bucket/key")]
    [InlineData("s3", "--http2", "/bucket/a%20b/%C3%A9%2Bc")]
    [InlineData("execute-api", "--http2", "/stage/things?a=1&b=x%2Fy")]
    public async Task Curl_Get_IsSignedWithTheKey(string service, string version, string target)
    {
        var (key, id) = BindKey();

        var result = await CurlAsync("", version, "--aws-sigv4", $"aws:amz:eu-west-1:{service}", "--user", $"{id}:{key.Reference}", $"https://{Hosts.Tool}{target}");

        Assert.Equal("ok", result.Succeeded().Text);
        Assert.Equal(target, Upstream.Single.Target);
        SigV4Check.AssertSigned(Upstream.Single, id, key.Value);
        AssertNowhere([key], result.Output, result.Errors);
    }

    [ClientTheory(Client.Curl)]
    [InlineData("s3")]
    [InlineData("dynamodb")]
    public async Task Curl_Post_IsSignedWithTheKeyOverTheMaskedBody(string service)
    {
        var (key, id) = BindKey();
        var other = Firewall.Register();

        var result = await CurlAsync(
            $$"""{"note":"{{other.Value}}"}""",
            "--aws-sigv4", $"aws:amz:eu-west-1:{service}", "--user", $"{id}:{key.Reference}", "-H", "Content-Type: application/x-amz-json-1.0", "--data-binary", "@-", $"https://{Hosts.Tool}/");

        Assert.Equal("ok", result.Succeeded().Text);
        Assert.Equal($$"""{"note":"{{other.Reference}}"}""", Upstream.Single.BodyText);
        SigV4Check.AssertSigned(Upstream.Single, id, key.Value);
        AssertNowhere([key, other], result.Output, result.Errors);
    }

    [ClientFact(Client.Boto3)]
    public async Task Boto3_S3_PutsGetsListsAndPresigns()
    {
        var (key, id) = BindKey();
        Upstream.Reset(Answer.Text("application/xml", "<ListBucketResult/>"));

        var statuses = await Boto3Async("s3", id, key.Reference, null,
        [
            Call("put_object", new() { ["Bucket"] = "bucket", ["Key"] = "dir/a b+c é.txt", ["Body"] = "some text", ["Metadata"] = new JsonObject { ["note"] = "two  words" } }),
            Call("get_object", new() { ["Bucket"] = "bucket", ["Key"] = "dir/a b+c é.txt", ["Range"] = "bytes=0-1" }),
            Call("list_objects_v2", new() { ["Bucket"] = "bucket", ["Prefix"] = "dir/a b", ["Delimiter"] = "/" }),
            Call("presign", new() { ["Bucket"] = "bucket", ["Key"] = "dir/a b+c é.txt" }),
        ]);

        Assert.All(statuses, status => Assert.Equal(200, status));
        Assert.Equal(4, Upstream.Requests.Count);
        Assert.All(Upstream.Requests, request => SigV4Check.AssertSigned(request, id, key.Value));
        Assert.Contains("some text", Upstream.Requests[0].BodyText, StringComparison.Ordinal);
    }

    [ClientFact(Client.Boto3)]
    public async Task Boto3_DynamoDbWithSessionToken_IsSignedAndItsTokenBound()
    {
        var token = Firewall.Register(CanaryShape.Base64);
        var (key, id) = BindKey(token);
        Upstream.Reset(Answer.Text("application/x-amz-json-1.0", "{}"));

        var statuses = await Boto3Async("dynamodb", id, key.Reference, token.Reference,
            [Call("put_item", new() { ["TableName"] = "things", ["Item"] = new JsonObject { ["id"] = new JsonObject { ["S"] = "1" } } })]);

        Assert.Equal([200], statuses);
        Assert.Equal(token.Value, Upstream.Single.Header("X-Amz-Security-Token"));
        SigV4Check.AssertSigned(Upstream.Single, id, key.Value);
    }

    [ClientFact(Client.Boto3)]
    public async Task Boto3_AnotherSecretKey_IsRefusedAndNothingLeaves()
    {
        var (key, id) = BindKey();

        var statuses = await Boto3Async("s3", id, "SECRET_REF(another)", null, [Call("get_object", new() { ["Bucket"] = "bucket", ["Key"] = "key" })]);

        Assert.Equal([403], statuses);
        Assert.Empty(Upstream.Requests);
        AssertNowhere([key]);
    }

    private (Canary Key, string Id) BindKey(Canary? token = null)
    {
        var key = Firewall.Register(CanaryShape.Base64);
        var id = "AKIA" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
        Firewall.Bind(key, Hosts.Tool, BindingPlace.SigV4, id, SecretBinding.SigningFormat(token is null ? null : SecretName.Create(token.Name)));
        return (key, id);
    }

    private static JsonArray Call(string operation, JsonObject arguments) => [operation, arguments];

    private async Task<IReadOnlyList<int>> Boto3Async(string service, string id, string secret, string? token, JsonArray calls)
    {
        var environment = new Dictionary<string, string>(Firewall.ClientEnvironment)
        {
            ["AWS_ACCESS_KEY_ID"] = id,
            ["AWS_SECRET_ACCESS_KEY"] = secret,
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["AWS_CA_BUNDLE"] = Firewall.ClientEnvironment["SSL_CERT_FILE"],
        };
        if (token is not null)
        {
            environment["AWS_SESSION_TOKEN"] = token;
        }

        var (_, lines) = await JsonClient.RunAsync(
            Client.Boto3, "boto3_client.py", environment, new JsonObject { ["endpoint"] = $"https://{Hosts.Tool}", ["service"] = service, ["region"] = "eu-west-1", ["calls"] = calls });
        return [.. lines.Select(line => (int)line["status"]!)];
    }

    private Task<ClientResult> CurlAsync(string input, params string[] arguments) => ClientProcess.RunAsync(
        ClientPrograms.Executable(Client.Curl), ["-sS", "--max-time", "30", .. arguments], Firewall.ClientEnvironment, Encoding.UTF8.GetBytes(input));
}
