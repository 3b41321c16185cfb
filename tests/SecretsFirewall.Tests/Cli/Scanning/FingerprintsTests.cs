using SecretsFirewall.Cli.Scanning;

namespace SecretsFirewall.Tests.Cli.Scanning;

public sealed class FingerprintsTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] Other = new byte[32];

    [Fact]
    public void Of_ValueUnderABaseline_IsTheSameOnEveryMachine()
    {
        var here = new Fingerprints(Key, Key).Of("rule", "a.txt", 1, "not-a-secret"u8);
        var there = new Fingerprints(Key, Other).Of("other-rule", "b.txt", 9, "not-a-secret"u8);

        Assert.Equal(here[0], there[0]);
        Assert.NotEqual(here[1], there[1]);
        Assert.Matches("^[0-9a-f]{16}$", here[0]);
    }

    [Fact]
    public void Of_ValueUnderAnotherKey_IsAnother() =>
        Assert.NotEqual(
            new Fingerprints(Key, null).Of("rule", "a.txt", 1, "not-a-secret"u8)[0],
            new Fingerprints(Other, null).Of("rule", "a.txt", 1, "not-a-secret"u8)[0]);

    [Fact]
    public void Of_WithoutAnyKey_SaysNothingAboutTheValue()
    {
        var fingerprints = new Fingerprints(null, null);

        var one = Assert.Single(fingerprints.Of("rule", "a.txt", 1, "not-a-secret"u8));

        Assert.Equal(one, Assert.Single(fingerprints.Of("rule", "a.txt", 1, "something-else"u8)));
        Assert.NotEqual(one, Assert.Single(fingerprints.Of("rule", "a.txt", 2, "not-a-secret"u8)));
        Assert.NotEqual(one, Assert.Single(fingerprints.Of("rule2", "a.txt", 1, "not-a-secret"u8)));
    }
}
