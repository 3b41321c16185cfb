using System.Security.Cryptography.X509Certificates;
using SecretsFirewall.Interception;

namespace SecretsFirewall.Tests.Interception;

public sealed class CertificateAuthorityTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sfw-ca-");
    private readonly FakeTime _time = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("api.example.com")]
    [InlineData("127.0.0.1")]
    [InlineData("2001:db8::1")]
    public void MintLeaf_ForAHost_ChainsToTheAuthorityAndNamesTheHost(string host)
    {
        using var authority = Load();
        using var root = X509CertificateLoader.LoadCertificate(PemBytes(authority.CertificatePem));
        using var leaf = authority.MintLeaf(host);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        Assert.True(chain.Build(leaf));
        Assert.True(leaf.MatchesHostname(host));
        Assert.True(leaf.HasPrivateKey);
    }

    [Fact]
    public void MintLeaf_Fields_AreWhatStrictClientsAsk()
    {
        using var authority = Load();
        using var leaf = authority.MintLeaf("a.example");
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal("1.3.6.1.5.5.7.3.1", leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages[0].Value);
        Assert.Single(leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>());
        Assert.Single(leaf.Extensions.OfType<X509SubjectKeyIdentifierExtension>());
        Assert.True(leaf.NotBefore.ToUniversalTime() <= _time.GetUtcNow().UtcDateTime - TimeSpan.FromMinutes(59));
        Assert.True(leaf.NotAfter - leaf.NotBefore <= TimeSpan.FromDays(7));
        Assert.Equal(32, leaf.SerialNumber.Length);
    }

    [Fact]
    public void MintLeaf_LongName_HasNoCommonNameAndStillMatches()
    {
        using var authority = Load();
        var host = string.Join('.', Enumerable.Repeat(new string('a', 40), 4));
        using var leaf = authority.MintLeaf(host);
        Assert.Empty(leaf.Subject);
        Assert.True(leaf.MatchesHostname(host));
    }

    [Fact]
    public void Create_Authority_MaySignLeavesOnly()
    {
        var (pem, _) = CertificateAuthority.Create(_time);
        using var certificate = X509Certificate2.CreateFromPem(pem);
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single();
        Assert.True(constraints is { CertificateAuthority: true, HasPathLengthConstraint: true, PathLengthConstraint: 0, Critical: true });
        Assert.Equal(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
    }

    [Fact]
    public void TryLoad_Expired_IsRefused()
    {
        var files = Write(CertificateAuthority.Create(_time));
        _time.Advance(TimeSpan.FromDays(731));
        Assert.Equal(CertificateAuthorityError.Expired, CertificateAuthority.TryLoad(files.Certificate, files.Key, new(), _time, out _));
    }

    [Fact]
    public void TryLoad_MissingFile_IsUnreadable() => Assert.Equal(
        CertificateAuthorityError.Unreadable,
        CertificateAuthority.TryLoad(Path.Combine(_folder.FullName, "none.pem"), Path.Combine(_folder.FullName, "none.key"), new(), _time, out _));

    [Fact]
    public void TryLoad_KeyOfAnotherAuthority_IsInvalid()
    {
        var (certificate, _) = CertificateAuthority.Create(_time);
        var (_, key) = CertificateAuthority.Create(_time);
        var files = Write((certificate, key));
        Assert.Equal(CertificateAuthorityError.Invalid, CertificateAuthority.TryLoad(files.Certificate, files.Key, new(), _time, out _));
    }

    [Fact]
    public void Get_SameNameFromManyThreads_IsMintedOnce()
    {
        using var authority = Load();
        var cache = new LeafCertificateCache(authority, new(), _time);
        var contexts = new System.Collections.Concurrent.ConcurrentBag<object>();
        Parallel.For(0, 64, _ => contexts.Add(cache.Get("a.example")));
        Assert.Single(contexts.Distinct());
    }

    [Fact]
    public void Get_PastHalfOfTheLeafsLife_MintsAnew()
    {
        using var authority = Load();
        var cache = new LeafCertificateCache(authority, new(), _time);
        var first = cache.Get("a.example");
        _time.Advance(TimeSpan.FromDays(4));
        Assert.NotSame(first, cache.Get("a.example"));
    }

    [Fact]
    public void Get_MoreNamesThanTheLimit_DropsThoseUsedLongestAgo()
    {
        using var authority = Load();
        var cache = new LeafCertificateCache(authority, new() { CachedLeaves = 8 }, _time);
        for (var i = 0; i < 9; i++)
        {
            cache.Get($"host{i}.example");
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(cache.Contains("host0.example"));
        Assert.True(cache.Contains("host8.example"));
    }

    [Fact]
    public void TryMint_MoreNamesThanAnHourAllows_IsRefusedUntilTheNext()
    {
        var limit = new MintingLimit(new() { NamesPerAgentAndHour = 2 }, _time);
        Assert.True(limit.TryMint("a") && limit.TryMint("a"));
        Assert.False(limit.TryMint("a"));
        Assert.True(limit.TryMint("b"));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(limit.TryMint("a"));
    }

    private static byte[] PemBytes(string pem)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return certificate.RawData;
    }

    [Theory]
    [InlineData("api.example.com", true)]
    [InlineData("deep.below.api.example.com", true)]
    [InlineData("a.example.org", true)]
    [InlineData("example.com", false)]
    [InlineData("notapi.example.com", false)]
    [InlineData("api.example.com.evil.test", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("2001:db8::1", false)]
    public void MintLeaf_UnderConstraints_IsBelievedOnlyWithinThem(string host, bool permitted)
    {
        using var authority = Load(NameConstraints.For(["api.example.com", "example.org"]));

        Assert.Equal(permitted, authority.Constraints!.Permits(host));
        Assert.Equal(permitted, IsBelieved(authority, host));
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("10.1.2.4", false)]
    [InlineData("2001:db8::1", true)]
    [InlineData("2001:db8::2", false)]
    public void MintLeaf_ConstraintsThatNameAddresses_PermitTheseAlone(string host, bool permitted)
    {
        using var authority = Load(NameConstraints.For(["api.example.com", "10.1.2.3", "2001:db8::1"]));

        Assert.Equal(permitted, authority.Constraints!.Permits(host));
        Assert.Equal(permitted, IsBelieved(authority, host));
    }

    [Fact]
    public void Create_Constraints_AreCriticalAndReadBack()
    {
        var (pem, _) = CertificateAuthority.Create(_time, NameConstraints.For(["a.example", "10.1.2.3"]));
        using var certificate = X509Certificate2.CreateFromPem(pem);
        Assert.True(certificate.Extensions.Single(one => one.Oid!.Value == "2.5.29.30").Critical);
        var read = NameConstraints.Of(certificate)!;
        Assert.Equal(["a.example"], read.Domains);
        Assert.Equal(["10.1.2.3"], read.Addresses.Select(one => one.ToString()));
    }

    [Fact]
    public void For_NoDomain_IsRefused() => Assert.Throws<ArgumentException>(() => NameConstraints.For(["10.1.2.3"]));

    private bool IsBelieved(CertificateAuthority authority, string host)
    {
        using var root = X509CertificateLoader.LoadCertificate(PemBytes(authority.CertificatePem));
        using var leaf = authority.MintLeaf(host);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        return chain.Build(leaf) && leaf.MatchesHostname(host);
    }

    private CertificateAuthority Load(NameConstraints? constraints = null)
    {
        var files = Write(CertificateAuthority.Create(_time, constraints));
        Assert.Equal(CertificateAuthorityError.None, CertificateAuthority.TryLoad(files.Certificate, files.Key, new(), _time, out var authority));
        return authority!;
    }

    private (string Certificate, string Key) Write((string Certificate, string Key) pem)
    {
        var files = (Path.Combine(_folder.FullName, "ca.pem"), Path.Combine(_folder.FullName, "ca.key"));
        File.WriteAllText(files.Item1, pem.Certificate);
        File.WriteAllText(files.Item2, pem.Key);
        return files;
    }
}
