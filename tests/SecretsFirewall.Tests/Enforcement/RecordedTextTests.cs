using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Detection;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class RecordedTextTests
{
    [Fact]
    public void Path_ThatIsVeryLong_IsRecordedByItsBeginningAndItsHash()
    {
        var one = RecordedText.Path("/a" + new string('a', 30_000), DetectionSnapshot.Empty);
        var other = RecordedText.Path("/a" + new string('a', 30_001), DetectionSnapshot.Empty);

        Assert.StartsWith("/aaaa", one, StringComparison.Ordinal);
        Assert.InRange(one.Length, 1024, 1200);
        Assert.NotEqual(one, other);
        Assert.Equal("/short", RecordedText.Path("/short", DetectionSnapshot.Empty));
    }
}
