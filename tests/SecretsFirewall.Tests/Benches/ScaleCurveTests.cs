using System.Runtime.Versioning;
using System.Xml.Linq;
using SecretsFirewall.Load.Scale;

namespace SecretsFirewall.Tests.Benches;

[SupportedOSPlatform("linux")] // where the load bench runs
public sealed class ScaleCurveTests
{
    [Fact]
    public void Growth_TenPercentForEachTenfold_IsSaidForBoth()
    {
        var curve = Curve((10, 2), (100, 2.2), (1_000, 2.42));

        Assert.Equal(0.21, curve.Growth, 6);
        Assert.Equal(0.10, curve.PerTenfold, 6);
        Assert.Equal("+21 % from 10 to 1,000 things, +10.0 % for ten times as many", ScaleReport.Growth(curve));
    }

    [Fact]
    public void Growth_FromNothing_IsSaidWithoutTenfold() =>
        Assert.Equal("-5 % from 0 to 100 things", ScaleReport.Growth(Curve((0, 2), (100, 1.9))));

    [Fact]
    public void Ratio_OneDisturbedRound_IsThatOfQuietOnes() =>
        Assert.Equal(2, new ScalePoint(1, [20, 20, 20, 400], [10, 10, 300, 10]).Ratio, 6);

    [Fact]
    public void Draw_Curve_HasAPointForEachSizeWithinThePicture()
    {
        var svg = XDocument.Parse(ScaleGraph.Draw(Curve((10, 2), (100, 3.9), (1_000, 0.1))));

        var circles = svg.Descendants().Where(static one => one.Name.LocalName == "circle").ToList();
        Assert.Equal(3, circles.Count);
        Assert.All(circles, static one => Assert.InRange((double)one.Attribute("cy")!, 0, 320));
        Assert.True((double)circles[1].Attribute("cy")! < (double)circles[0].Attribute("cy")!);
    }

    private static ScaleCurve Curve(params (long Size, double Ratio)[] points) => new(
        new ScaleAxis("things", "Things", "things", [.. points.Select(static one => one.Size)], ""),
        [.. points.Select(static one => new ScalePoint(one.Size, [one.Ratio * 100], [100]))]);
}
