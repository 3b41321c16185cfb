using System.Text;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Tests.Protocols;

public sealed class GitTrafficTests
{
    private static readonly string Zeros = new('0', 40);
    private static readonly string Ones = new('1', 40);

    [Theory]
    [InlineData("/team/project.git/git-receive-pack", null, true)]
    [InlineData("/team/project.git/git-receive-pack/", "text/plain", true)]
    [InlineData("/team/project.git/Git-Receive%2DPack", null, true)]
    [InlineData("/anything", "application/x-git-receive-pack-request; charset=utf-8", true)]
    [InlineData("/team/project.git/git-upload-pack", "application/x-git-upload-pack-request", false)]
    [InlineData("/", null, false)]
    public void IsPush_PathAndLabel(string path, string? type, bool expected) => Assert.Equal(expected, GitTraffic.IsPush(path, type));

    [Fact]
    public void LooksLikePush_FirstLine()
    {
        Assert.True(Looks($"008a{Zeros} {Ones} refs/heads/main"));
        Assert.True(Looks($"00ca{new string('a', 64)} {new string('b', 64)} refs/heads/main"));
        Assert.True(Looks($"0034shallow {Ones}"));
        Assert.True(Looks("0020push-cert\0 report-status"));
        Assert.False(Looks($"0032want {Ones}\n"));
        Assert.False(Looks("0014command=fetch"));
        Assert.False(Looks($"008a{Zeros}x{Ones} refs/heads/main"));
        Assert.False(Looks($"008a{Zeros} {Ones}"));
        Assert.False(Looks(""));
    }

    [Theory]
    [InlineData("0014command=fetch0017object-format=sha256", 32)]
    [InlineData("0014command=fetch0015object-format=sha1", 20)]
    [InlineData("0014command=fetch", 20)]
    public void HashBytes_AsTheQuestionSays(string fetch, int expected) => Assert.Equal(expected, GitTraffic.HashBytes(Encoding.ASCII.GetBytes(fetch)));

    private static bool Looks(string body) => GitTraffic.LooksLikePush(Encoding.ASCII.GetBytes(body));
}
