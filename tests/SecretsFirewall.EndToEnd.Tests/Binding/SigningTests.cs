using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.EndToEnd.Tests.Drivers;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Binding;

/// <summary>
/// AWS requests that the agent signs with a reference leave signed with the key, byte for byte what AWS would compute; whatever does not fit
/// does not leave at all.
/// </summary>
public sealed class SigningTests(FirewallFixture firewall) : FirewallTests(firewall), IClassFixture<FirewallFixture>
{
    private const string S3 = "20260830/eu-west-1/s3/aws4_request";
    private const string Dynamo = "20260830/eu-west-1/dynamodb/aws4_request";

    [Theory]
    [InlineData("/bucket/key", S3)]
    [InlineData("/bucket/a%20b%2Bc/%C3%A9~(x)?list-type=2&prefix=a%2Fb&delimiter=%2F", S3)]
    [InlineData("/bucket/file?acl", S3)]
    [InlineData("/table/a%20b?b=2&a=1&a=0", Dynamo)]
    public async Task Header_SignedWithTheReference_LeavesSignedWithTheKey(string target, string scope)
    {
        var (key, id) = BindKey(Hosts.Http1Tool);

        var response = await SendAsync("GET", target, default, Sign("GET", target, id, key.Reference, scope));

        Assert.Equal(200, response.Status);
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
        Assert.Equal(target, Http1Upstream.Single.Target);
        AssertNowhere([key], response.Body);
    }

    [Fact]
    public async Task Header_BodyWithoutDeclaredHash_IsHashedHere()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var body = """{"TableName":"t"}"""u8.ToArray();

        var response = await SendAsync("POST", "/", body, Sign("POST", "/", id, key.Reference, Dynamo, body, declare: false));

        Assert.Equal(200, response.Status);
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_WithAnotherSecret_IsMaskedAndSignedAsItLeaves(bool declare)
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var other = Firewall.Register();
        var body = Encoding.ASCII.GetBytes($$"""{"note":"{{other.Value}}"}""");

        var response = await SendAsync("POST", "/", body, Sign("POST", "/", id, key.Reference, Dynamo, body, declare));

        Assert.Equal(200, response.Status);
        Assert.Equal($$"""{"note":"{{other.Reference}}"}""", Http1Upstream.Single.BodyText);
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
        AssertNowhere([key, other], response.Body);
    }

    [Fact]
    public async Task Presigned_SignedWithTheReference_LeavesSignedWithTheKey()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);

        var response = await SendAsync("GET", Presign("/bucket/a%20b?x-id=GetObject", id, key.Reference), default);

        Assert.Equal(200, response.Status);
        Assert.StartsWith("/bucket/a%20b?x-id=GetObject&X-Amz-Date=", Http1Upstream.Single.Target, StringComparison.Ordinal);
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
        AssertNowhere([key], response.Body);
    }

    [Fact]
    public async Task SessionToken_InTheHeader_IsBoundAndSigned()
    {
        var token = Firewall.Register(CanaryShape.Base64);
        var (key, id) = BindKey(Hosts.Http1Tool, token: token);

        var response = await SendAsync("GET", "/k", default, Sign("GET", "/k", id, key.Reference, S3, more: ("x-amz-security-token", token.Reference)));

        Assert.Equal(200, response.Status);
        Assert.Equal(token.Value, Http1Upstream.Single.Header("X-Amz-Security-Token"));
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
        AssertOnlyUpstreamHas(token, response.Body);
    }

    [Fact]
    public async Task SessionToken_InThePresignedQuery_IsBoundAndSigned()
    {
        var token = Firewall.Register(CanaryShape.Base64);
        var (key, id) = BindKey(Hosts.Http1Tool, token: token);

        var response = await SendAsync("GET", Presign($"/k?X-Amz-Security-Token={Uri.EscapeDataString(token.Reference)}", id, key.Reference), default);

        Assert.Equal(200, response.Status);
        Assert.Contains($"X-Amz-Security-Token={Uri.EscapeDataString(token.Value)}", Http1Upstream.Single.Target, StringComparison.Ordinal);
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
    }

    [Fact]
    public async Task Header_SignedWithTheRealKey_LeavesAsItIs()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var headers = Sign("GET", "/k", id, key.Value, S3);

        var response = await SendAsync("GET", "/k", default, headers);

        Assert.Equal(200, response.Status);
        Assert.Equal(headers.Single(one => one.StartsWith("Authorization: ", StringComparison.Ordinal)), $"Authorization: {Http1Upstream.Single.Header("Authorization")}");
    }

    [Fact]
    public async Task Header_OfAKeyIdThatNobodyBound_IsNotOurs()
    {
        BindKey(Hosts.Http1Tool);
        var headers = Sign("GET", "/k", "MADEUPKEYIDOFNOPROVIDER", "whatever", S3);

        Assert.Equal(200, (await SendAsync("GET", "/k", default, headers)).Status);
        Assert.Equal(headers.Single(one => one.StartsWith("Authorization: ", StringComparison.Ordinal)), $"Authorization: {Http1Upstream.Single.Header("Authorization")}");
    }

    [Fact]
    public async Task SignedAcceptEncoding_OfAKeyIdThatNobodyBound_LeavesAsItIs()
    {
        var headers = Sign("GET", "/k", "MADEUPKEYIDOFNOPROVIDER", "whatever", S3, more: ("accept-encoding", "gzip, zstd, *;q=0"));

        Assert.Equal(200, (await SendAsync("GET", "/k", default, headers)).Status);
        SigV4Check.AssertSigned(Http1Upstream.Single, "MADEUPKEYIDOFNOPROVIDER", "whatever");
    }

    [Fact]
    public async Task SignedAcceptEncoding_OfABoundKey_IsNarrowedAndSigned()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);

        Assert.Equal(200, (await SendAsync("GET", "/k", default, Sign("GET", "/k", id, key.Reference, S3, more: ("accept-encoding", "gzip, zstd, *;q=0")))).Status);
        Assert.Equal("gzip", Http1Upstream.Single.Header("Accept-Encoding"));
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
    }

    [Fact]
    public async Task SignedChunks_OfAKeyIdThatNobodyBound_AreReadAndPassed()
    {
        var body = Encoding.ASCII.GetBytes($"4;chunk-signature={new string('a', 64)}\r\ndata\r\n0;chunk-signature={new string('b', 64)}\r\n\r\n");
        var headers = Sign("PUT", "/k", "MADEUPKEYIDOFNOPROVIDER", "whatever", S3, payload: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");

        Assert.Equal(200, (await SendAsync("PUT", "/k", body, [.. headers, "Content-Encoding: aws-chunked"])).Status);
        Assert.Equal(body, Http1Upstream.Single.Body);
    }

    [Theory]
    [InlineData("slack.com:443")]
    [InlineData("SLACK.com")]
    public async Task Host_HoweverItIsWritten_IsSignedAsItLeaves(string host)
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);

        var response = await client.RequestAsync("GET", "/k", host, default, Sign("GET", "/k", id, key.Reference, S3, host: host));

        Assert.Equal(200, response.Status);
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
    }

    [Fact]
    public async Task Response_ThatRepeatsTheKey_IsMasked()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        Http1Upstream.Reset(Answer.Text("application/xml", $"<Secret>{key.Value}</Secret>"));

        var response = await SendAsync("GET", "/k", default, Sign("GET", "/k", id, key.Reference, S3));

        Assert.Equal($"<Secret>{key.Reference}</Secret>", Encoding.UTF8.GetString(response.Body));
    }

    [Fact]
    public async Task Use_IsAuditedWithTheNameOfTheSecret()
    {
        Firewall.MarkAudit();
        var (key, id) = BindKey(Hosts.Http1Tool);

        await SendAsync("GET", "/k", default, Sign("GET", "/k", id, key.Reference, S3));

        var record = await Firewall.AuditAsync(one => one.Type == "intent");
        var finding = Assert.Single(record.Findings!);
        Assert.Equal((FindingAction.Bind, key.Name), (finding.Action, finding.Name));
    }

    [Theory]
    [InlineData("Signature=", "the signature of something else")]
    [InlineData("X-Amz-Date: ", "another moment")]
    [InlineData("Host", "another host in the signature")]
    public async Task AlteredSignature_IsRefused(string what, string why)
    {
        Assert.NotEmpty(why);
        var (key, id) = BindKey(Hosts.Http1Tool);
        var headers = Sign("GET", "/k", id, key.Reference, S3, host: what == "Host" ? "other.example" : Hosts.Http1Tool)
            .Select(one => what switch
            {
                "Signature=" => one.StartsWith("Authorization", StringComparison.Ordinal) ? one[..^1] + (one[^1] == '0' ? '1' : '0') : one,
                _ => one.Replace("X-Amz-Date: 20260830T123600Z", what == "Host" ? "X-Amz-Date: 20260830T123600Z" : "X-Amz-Date: 20260830T123601Z", StringComparison.Ordinal),
            }).ToArray();

        AssertRefused(await SendAsync("GET", "/k", default, headers), "unbound_ref", key);
    }

    /// <summary>What an upstream repeats of it could be used on that day, and by whoever has it.</summary>
    [Fact]
    public async Task DateAhead_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var date = DateTime.UtcNow.AddDays(1).ToString("yyyyMMdd'T'HHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var scope = $"{date[..8]}/eu-west-1/s3/aws4_request";
        var presigned = $"/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString($"{id}/{scope}")}&X-Amz-Date={date}&X-Amz-Expires=604800&X-Amz-SignedHeaders=host";
        presigned += "&X-Amz-Signature=" + SigV4Check.Signature("GET", presigned, _ => Hosts.Http1Tool, ["host"], SigV4Check.Unsigned, date, scope, key.Reference, isS3: true);

        AssertRefused(await SendAsync("GET", "/k", default, Sign("GET", "/k", id, key.Reference, scope, date: date)), "unbound_ref", key);
        AssertRefused(await SendAsync("GET", presigned, default), "unbound_ref", key);
    }

    [Fact]
    public async Task AlteredTarget_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        AssertRefused(await SendAsync("GET", "/k?versionId=2", default, Sign("GET", "/k", id, key.Reference, S3)), "unbound_ref", key);
    }

    [Fact]
    public async Task AlteredPresignedTarget_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var target = Presign("/bucket/one", id, key.Reference).Replace("/one", "/two", StringComparison.Ordinal);
        AssertRefused(await SendAsync("GET", target, default), "unbound_ref", key);
    }

    [Fact]
    public async Task AlteredBody_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        AssertRefused(
            await SendAsync("PUT", "/k", "another body"u8.ToArray(), Sign("PUT", "/k", id, key.Reference, S3, "the body"u8.ToArray())), "unbound_ref", key);
    }

    [Fact]
    public async Task SignatureInTwoPlaces_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var target = Presign("/k", id, key.Reference);
        AssertRefused(await SendAsync("GET", target, default, Sign("GET", target, id, key.Reference, S3)), "unbound_ref", key);
    }

    [Theory]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")]
    [InlineData("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")]
    public async Task SignedChunks_AreRefusedClearly(string payload)
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var body = Encoding.ASCII.GetBytes($"4;chunk-signature={new string('a', 64)}\r\ndata\r\n0;chunk-signature={new string('b', 64)}\r\n\r\n");
        var response = await SendAsync("PUT", "/k", body, [.. Sign("PUT", "/k", id, key.Reference, S3, payload: payload), "Content-Encoding: aws-chunked"]);
        AssertRefused(response, "unbound_ref", key);
        Assert.Contains("chunk", Encoding.UTF8.GetString(response.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnsignedChunksWithTrailer_LeaveAsTheyAre()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var body = "4\r\ndata\r\n0\r\nx-amz-checksum-crc32:rfPzYw==\r\n\r\n"u8.ToArray();
        var response = await SendAsync(
            "PUT", "/k", body, [.. Sign("PUT", "/k", id, key.Reference, S3, payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), "Content-Encoding: aws-chunked", "X-Amz-Trailer: x-amz-checksum-crc32"]);

        Assert.Equal(200, response.Status);
        Assert.Equal(body, Http1Upstream.Single.Body);
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
    }

    [Fact]
    public async Task UnsignedChunks_WithASecretInside_AreRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var other = Firewall.Register();
        var body = Encoding.ASCII.GetBytes($"14\r\n{other.Value[..20]}\r\n14\r\n{other.Value[20..]}\r\n0\r\n\r\n");
        var response = await SendAsync(
            "PUT", "/k", body, [.. Sign("PUT", "/k", id, key.Reference, S3, payload: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), "Content-Encoding: aws-chunked"]);
        AssertRefused(response, "secret_blocked", key, other);
    }

    [Fact]
    public async Task MissingHashOfABodyThatStreams_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        var headers = Sign("PUT", "/k", id, key.Reference, Dynamo, "text"u8.ToArray(), declare: false);
        await client.SendAsync($"PUT /k HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\n{string.Join("\r\n", headers)}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n0\r\n\r\n");
        AssertRefused(await client.ReadResponseAsync("PUT"), "unbound_ref", key);
    }

    [Fact]
    public async Task DeclaredHashOfABodyThatStreams_IsSigned()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        var headers = Sign("PUT", "/k", id, key.Reference, S3, "text"u8.ToArray());
        await client.SendAsync($"PUT /k HTTP/1.1\r\nHost: {Hosts.Http1Tool}\r\n{string.Join("\r\n", headers)}\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n0\r\n\r\n");
        Assert.Equal(200, (await client.ReadResponseAsync("PUT")).Status);
        SigV4Check.AssertSigned(Http1Upstream.Single, id, key.Value);
    }

    [Fact]
    public async Task MissingDate_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var headers = Sign("GET", "/k", id, key.Reference, S3).Where(static one => !one.StartsWith("X-Amz-Date", StringComparison.Ordinal)).ToArray();
        AssertRefused(await SendAsync("GET", "/k", default, headers), "unbound_ref", key);
    }

    [Fact]
    public async Task AsymmetricSignature_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var headers = Sign("GET", "/k", id, key.Reference, S3).Select(static one => one.Replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", StringComparison.Ordinal)).ToArray();
        AssertRefused(await SendAsync("GET", "/k", default, headers), "unbound_ref", key);
    }

    [Fact]
    public async Task ScopeThatHoldsASecret_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var other = Firewall.Register();
        AssertRefused(await SendAsync("GET", "/k", default, Sign("GET", "/k", id, key.Reference, $"20260830/{other.Value}/s3/aws4_request")), "secret_blocked", key, other);
    }

    [Fact]
    public async Task UnboundHost_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Git);
        AssertRefused(await SendAsync("GET", "/k", default, Sign("GET", "/k", id, key.Reference, S3)), "unbound_ref", key);
    }

    [Fact]
    public async Task UnboundHost_Presigned_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Git);
        AssertRefused(await SendAsync("GET", Presign("/k", id, key.Reference), default), "unbound_ref", key);
    }

    [Theory]
    [InlineData("other-agent", null, null)]
    [InlineData(null, "PUT", null)]
    [InlineData(null, null, "/bucket/")]
    public async Task AnotherAgentMethodOrPath_IsRefused(string? agent, string? method, string? path)
    {
        var (key, id) = BindKey(Hosts.Http1Tool, agent, method, path);
        AssertRefused(await SendAsync("GET", "/bucket-two/k", default, Sign("GET", "/bucket-two/k", id, key.Reference, S3)), "unbound_ref", key);
    }

    [Fact]
    public async Task SessionTokenThatIsNotNamed_IsRefused()
    {
        var token = Firewall.Register();
        var (key, id) = BindKey(Hosts.Http1Tool, token: token);
        AssertRefused(await SendAsync("GET", "/k", default, Sign("GET", "/k", id, key.Reference, S3)), "unbound_ref", key, token);
    }

    [Fact]
    public async Task ChecksumOverAMaskedBody_IsRefused()
    {
        var (key, id) = BindKey(Hosts.Http1Tool);
        var other = Firewall.Register();
        var body = Encoding.ASCII.GetBytes($$"""{"note":"{{other.Value}}"}""");
        AssertRefused(
            await SendAsync("PUT", "/k", body, [.. Sign("PUT", "/k", id, key.Reference, S3, body), "X-Amz-Checksum-Crc32: AAAAAA=="]), "unbound_ref", key, other);
    }

    private static string NewKeyId() => "AKIA" + RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);

    private (Canary Key, string Id) BindKey(string host, string? agent = null, string? method = null, string? path = null, Canary? token = null)
    {
        var key = Firewall.Register(CanaryShape.Base64);
        var id = NewKeyId();
        Firewall.Bind(
            key, host, BindingPlace.SigV4, id, SecretBinding.SigningFormat(token is null ? null : SecretName.Create(token.Name)), agent, method is null ? [] : [method], path);
        return (key, id);
    }

    private void AssertRefused(RawResponse response, string code, params Canary[] secrets)
    {
        Assert.Equal(403, response.Status);
        Assert.Contains($"\"{code}\"", Encoding.UTF8.GetString(response.Body), StringComparison.Ordinal);
        Assert.Empty(Http1Upstream.Requests);
        Assert.DoesNotContain(Http1Upstream.Connections, static tap => tap.ToArray().Length > 0);
        AssertNowhere(secrets, response.Body);
    }

    private async Task<RawResponse> SendAsync(string method, string target, byte[]? body, params string[] headers)
    {
        await using var client = await Firewall.TunnelAsync(Hosts.Http1Tool);
        return await client.RequestAsync(method, target, Hosts.Http1Tool, body, headers);
    }

    private static string[] Sign(
        string method, string target, string id, string secret, string scope, byte[]? body = null, bool declare = true, string? payload = null, string host = Hosts.Http1Tool,
        (string Name, string Value)? more = null, string date = SigV4Check.Date)
    {
        payload ??= Convert.ToHexStringLower(SHA256.HashData(body ?? []));
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = host, ["x-amz-date"] = date };
        if (declare)
        {
            headers["x-amz-content-sha256"] = payload;
        }

        if (more is { } extra)
        {
            headers[extra.Name] = extra.Value;
        }

        var signature = SigV4Check.Signature(method, target, name => headers[name], [.. headers.Keys], payload, date, scope, secret, scope.Contains("/s3/", StringComparison.Ordinal));
        var fields = new List<string> { $"Authorization: AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={string.Join(';', headers.Keys)}, Signature={signature}", $"X-Amz-Date: {date}" };
        if (declare)
        {
            fields.Add($"X-Amz-Content-Sha256: {payload}");
        }

        if (more is { } sent)
        {
            fields.Add($"{sent.Name}: {sent.Value}");
        }

        return [.. fields];
    }

    private static string Presign(string target, string id, string secret)
    {
        var whole = $"{target}{(target.Contains('?') ? '&' : '?')}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString($"{id}/{S3}")}&X-Amz-Date={SigV4Check.Date}&X-Amz-Expires=60&X-Amz-SignedHeaders=host";
        return whole + "&X-Amz-Signature=" + SigV4Check.Signature("GET", whole, _ => Hosts.Http1Tool, ["host"], SigV4Check.Unsigned, SigV4Check.Date, S3, secret, isS3: true);
    }
}
