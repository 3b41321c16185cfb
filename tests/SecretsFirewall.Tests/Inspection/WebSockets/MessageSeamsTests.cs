using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.WebSockets;
using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

public sealed class MessageSeamsTests
{
    private static readonly DetectionSnapshot Snapshot = Samples.Snapshot(("key", "Xk29fjwL8sQ2"));

    [Theory]
    [InlineData("use Xk29fj", "wL8sQ2 now")]
    [InlineData("Xk29", "fjwL", "8sQ2")]
    [InlineData("X", "k", "2", "9", "f", "j", "w", "L", "8", "s", "Q", "2")]
    public void Find_ValueInPieces_IsFoundWithTheLastOne(params string[] pieces) => AssertFoundWithTheLast(isJson: false, pieces);

    [Theory]
    [InlineData("""{"text":"use Xk29fj"}""", """{"text":"wL8sQ2 now"}""")]
    [InlineData("""{"text":"Xk29"}""", """{"text":"fjwL"}""", """{"text":"8sQ2"}""")]
    [InlineData("""["Xk29fj"]""", """["wL8sQ2"]""")]
    public void Find_ValueInPiecesInStrings_IsFoundWithTheLastOne(params string[] pieces) => AssertFoundWithTheLast(isJson: true, pieces);

    [Fact]
    public void Find_ValueInOneMessage_IsNotItsBusiness()
    {
        using var seams = Create();
        seams.Add("before"u8, isJson: false);

        Assert.Null(seams.Find("Xk29fjwL8sQ2"u8, isJson: false));
    }

    private static void AssertFoundWithTheLast(bool isJson, string[] pieces)
    {
        using var seams = Create();
        foreach (var piece in pieces[..^1])
        {
            Assert.Null(seams.Find(Bytes(piece), isJson));
            seams.Add(Bytes(piece), isJson);
        }

        Assert.Equal("key", seams.Find(Bytes(pieces[^1]), isJson)?.Name.Value);
    }

    private static MessageSeams Create() => new(Snapshot, static one => one.Kind is FindingKind.Registered);
}
