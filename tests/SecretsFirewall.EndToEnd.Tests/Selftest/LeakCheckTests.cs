using System.Text;
using SecretsFirewall.EndToEnd.Tests.Harness;
using Xunit.Sdk;

namespace SecretsFirewall.EndToEnd.Tests.Selftest;

/// <summary>A leak check that finds nothing must mean that there is nothing.</summary>
public sealed class LeakCheckTests
{
    [Theory]
    [InlineData(CanaryShape.Token)]
    [InlineData(CanaryShape.Short)]
    [InlineData(CanaryShape.Symbols)]
    [InlineData(CanaryShape.Unicode)]
    [InlineData(CanaryShape.Lines)]
    public void AssertClean_ValueInAnyForm_Fails(CanaryShape shape)
    {
        var canary = Canary.Make(shape);
        var check = new LeakCheck(canary);

        foreach (var (form, bytes) in Encodings.AllOf(canary.Value))
        {
            byte[] text = [.. "before "u8, .. bytes, .. " after"u8];
            var failure = Assert.ThrowsAny<XunitException>(() => check.AssertClean("text", text));
            Assert.DoesNotContain(canary.Value, failure.Message, StringComparison.Ordinal);
            Assert.Contains(canary.Name, failure.Message, StringComparison.Ordinal);
            Assert.NotEmpty(form);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void AssertClean_ValueInsideLongerBase64_Fails(int before)
    {
        var canary = Canary.Make();
        byte[] text = [.. new byte[before], .. canary.Bytes, 1, 2, 3, 4];

        Assert.ThrowsAny<XunitException>(() => new LeakCheck(canary).AssertClean("text", Convert.ToBase64String(text)));
    }

    [Fact]
    public void AssertClean_OtherText_Passes()
    {
        var check = new LeakCheck(Canary.Make(), Canary.Make(CanaryShape.Symbols));

        check.AssertClean("text", Canary.Make().Value + Canary.Make(CanaryShape.Symbols).Value);
    }

    [Fact]
    public void AssertCleanFolder_ValueInAFileBelow_Fails()
    {
        var canary = Canary.Make();
        var folder = Directory.CreateTempSubdirectory("sfw-e2e-");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "logs"));
            File.WriteAllText(Path.Combine(folder.FullName, "logs", "a.log"), "x" + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(canary.Value)));

            Assert.ThrowsAny<XunitException>(() => new LeakCheck(canary).AssertCleanFolder(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
