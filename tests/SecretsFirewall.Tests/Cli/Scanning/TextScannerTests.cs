using System.Text;
using SecretsFirewall.Cli.Scanning;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.Rules;

namespace SecretsFirewall.Tests.Cli.Scanning;

public sealed class TextScannerTests
{
    private const int Window = 4 * 1024 * 1024;
    private const int Context = 128 * 1024;

    private static readonly DetectionRule Rule = RuleFiles.Rule(""" "literals": ["ourtok_"], "body": [{ "of": "hex", "length": 32 }] """);
    private static readonly byte[] Token = Encoding.ASCII.GetBytes("ourtok_" + string.Concat(Enumerable.Repeat("0123456789abcdef", 2)));

    [Fact]
    public void Scan_TokensAroundTheEdgesOfWindows_AreFoundOnceEach()
    {
        var text = new byte[3 * Window];
        text.AsSpan().Fill((byte)'.');
        for (var line = 99; line < text.Length; line += 100)
        {
            text[line] = (byte)'\n';
        }

        var own = Window - Context;
        int[] places =
        [
            0, own - 200, own - 20, own + 30, own + 100, Window - 150, Window - 10, Window + 60,
            own + own - Context - 10, own + own - Context + 50, (2 * own) - 10, (2 * Window) - 20, text.Length - Token.Length,
        ];
        foreach (var place in places)
        {
            Token.CopyTo(text, place);
        }

        var scan = Scan(text, text.Length);

        Assert.Equal(places.Order().Select(place => (long)place), scan.Findings.Select(finding => finding.Start));
        Assert.All(scan.Findings, finding => Assert.Equal(finding.Start + Token.Length, finding.End));
        Assert.All(scan.Findings, finding => Assert.Equal(PositionOf(text, finding.Start), (finding.From.Line, finding.From.Column)));
        Assert.Equal(text.Length, scan.Bytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1_000_000)]
    public void Scan_TextOfAnotherLengthThanWasSaid_IsReadToItsEnd(long said)
    {
        byte[] text = [.. new byte[100_000], .. Token];

        Assert.Single(Scan(text, said).Findings);
    }

    [Fact]
    public void Scan_Columns_CountCharactersAndNotBytes()
    {
        var finding = Assert.Single(Scan([.. "höhe\nzwölf "u8, .. Token], 0).Findings);

        Assert.Equal((2, 7, 13), (finding.From.Line, finding.From.Column, finding.Start));
    }

    [Fact]
    public void Scan_Finding_ShowsThePrefixOfItsFormatAndNothingOfItself() =>
        Assert.Equal("ourtok_… (39 bytes)", Assert.Single(Scan([.. " "u8, .. Token], 0).Findings).Preview);

    [Fact]
    public void Scan_RegisteredValue_IsShownByItsName()
    {
        var value = Encoding.ASCII.GetBytes("made-up-value-of-a-test-1");
        var snapshot = DetectionSnapshot.Build([new RegisteredValue(SecretName.Create("github"), value)], new byte[32]);
        var scanner = new TextScanner(snapshot, new Fingerprints(null, null), RuleConfidence.High);

        var finding = Assert.Single(scanner.Scan("a", new MemoryStream([.. "x = "u8, .. value]), 0, _ => { }, default).Findings);

        Assert.Equal(("SECRET_REF(github)", "registry"), (finding.Preview, finding.Rule));
    }

    [Fact]
    public void Scan_ReferenceInTheText_IsNoFinding() => Assert.Empty(Scan("token: SECRET_REF(github)"u8.ToArray(), 0).Findings);

    private static FileScan Scan(byte[] text, long said) =>
        new TextScanner(DetectionSnapshot.Build([], new byte[32], [Rule]), new Fingerprints(null, null), RuleConfidence.Low)
            .Scan("a", new MemoryStream(text), said, _ => { }, default);

    private static (long, long) PositionOf(byte[] text, long start)
    {
        var before = text.AsSpan(0, (int)start);
        return (before.Count((byte)'\n') + 1, start - before.LastIndexOf((byte)'\n'));
    }
}
