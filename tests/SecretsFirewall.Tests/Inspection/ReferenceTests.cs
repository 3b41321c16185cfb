using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

public class ReferenceTests
{
    [Theory]
    [InlineData("SECRET_REF(a)")]
    [InlineData("SECRET_REF%28a%29")]
    [InlineData("SECRET_REF(a%29")]
    [InlineData("SECRET_REF%28a)")]
    public void Find_Reference_IsReportedUnderItsName(string reference)
    {
        var found = Assert.Single(Snapshot().Find(Bytes($"x={reference}&y")));
        Assert.Equal((FindingKind.Reference, "reference", "a"), (found.Kind, found.Rule, found.Name.Value));
        Assert.Equal((2, reference.Length), ((int)found.Start, found.Length));
    }

    [Theory]
    [InlineData("SECRET_REF()")]
    [InlineData("SECRET_REF(a b)")]
    [InlineData("SECRET_REF(a")]
    [InlineData("SECRET_REF[a]")]
    [InlineData("secret_ref(a)")]
    [InlineData("SECRET_REF%28%29")]
    [InlineData("SECRET_REF(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)")]
    public void Find_WhatIsNoReference_IsNotReported(string text)
    {
        Assert.Empty(Snapshot().Find(Bytes(text)));
    }

    [Fact]
    public void Mask_Reference_LeavesItAsItIs()
    {
        Assert.Equal("a SECRET_REF%28x%29 SECRET_REF(y) b", Snapshot().MaskWhole("a SECRET_REF%28x%29 SECRET_REF(y) b"));
    }

    [Fact]
    public void Find_ValueThatIsInsideAKnownReference_IsNotASecretThere()
    {
        var snapshot = Snapshot(("prod.database1", "some-value-1"), ("other", "database1"));
        Assert.Equal("SECRET_REF(prod.database1) SECRET_REF(other)", snapshot.MaskWhole("SECRET_REF(prod.database1) database1"));
    }

    [Fact]
    public void Find_ValueWrappedInAReferenceWithAnUnknownName_IsStillFound()
    {
        var value = Token(new Random(1), 32);
        var snapshot = Snapshot(("real", value));
        Assert.Equal("SECRET_REF(real)", snapshot.MaskWhole($"SECRET_REF({value})"));
        Assert.Equal("SECRET_REF(real)", snapshot.MaskWhole($"SECRET_REF(x-{value}.y)"));
        Assert.Equal("SECRET_REF(real)", snapshot.MaskWhole($"SECRET_REF(auto.{value}.0123abcd)"));
    }

    [Fact]
    public void Find_AgentTokenWrappedInAReference_IsStillFound()
    {
        var token = AgentToken(new Random(2));
        Assert.DoesNotContain(token, Snapshot().MaskWhole($"SECRET_REF({token})"), StringComparison.Ordinal);
    }

    [Fact]
    public void Mask_Twice_IsMaskOnce()
    {
        var (value, token) = (Token(new Random(3), 32), AgentToken(new Random(4)));
        var snapshot = Snapshot(("a", value), ("b", "sfw-agent-token"));
        var once = snapshot.MaskWhole($"{value} {token} {Convert.ToHexString(Bytes(value))} sfw-agent-token");
        Assert.Equal(once, snapshot.MaskWhole(once));
    }
}
