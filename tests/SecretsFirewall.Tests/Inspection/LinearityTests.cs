using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.EventStreams;
using SecretsFirewall.Tests.Inspection.Rules;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

/// <summary>
/// No body makes the scan superlinear. Processor times are compared by their ratio, the best of a few runs with nothing else in this process:
/// eight times the body may cost twenty times as much, where quadratic work costs sixty-four times.
/// </summary>
[Collection(nameof(Alone))]
public sealed class LinearityTests
{
    private const double LeastMeasured = 10;

    private const double Slack = 2.5;

    private static readonly DetectionSnapshot Snapshot = DetectionSnapshot.Build(
        [new(SecretName.Create("one"), Bytes(Token(new Random(1), 30))), new(SecretName.Create("self"), Bytes("ab12ab12"))],
        InstallKey,
        [.. ShippedRules.Set.Enabled]);

    private static readonly Dictionary<string, Func<string>> Bodies = new(StringComparer.Ordinal)
    {
        ["every literal of every rule"] = () => OfAllRules(literal => literal),
        ["every literal, assigned"] = () => OfAllRules(literal => literal + "=\""),
        ["every literal with the longest gap"] = () => OfAllRules(literal => $"{literal}_{new string('x', 30)}{new string(' ', 20)}={new string(' ', 20)}\\\\\\\""),
        ["every example"] = () => OfAllExamples(mustMatch: true),
        ["every counter-example"] = () => OfAllExamples(mustMatch: false),
    };

    // Short, so that each of them fills a body by itself.
    private static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        ["names and quotes"] = "password=\"",
        ["names alone"] = "api_key=",
        ["names without anything"] = "secrettoken",
        ["names with gaps"] = "token" + new string(' ', 24),
        ["names with a backslash run"] = "token" + new string('\\', 40),
        ["names with all of a gap"] = "token                        =                     ",
        ["letters and digits in turn"] = "a1",
        ["capitals, letters and digits in turn"] = "aB1",
        ["digits and colons"] = "1234567890:",
        ["base64 without an end"] = Token(new Random(2), 997, Alphanumeric + "+/"),
        ["base64 in lines"] = Token(new Random(3), 64, Alphanumeric + "+/") + "\n",
        ["hexadecimal without an end"] = Token(new Random(4), 997, "0123456789abcdef"),
        ["any characters"] = Token(new Random(5), 9973, new string([.. Enumerable.Range(0x20, 0x5F).Select(c => (char)c)])),
        ["key headers"] = "-----BEGIN RSA " + "PRIVATE KEY-----\n",
        ["key headers with a line"] = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + Token(new Random(6), 64) + "\n",
        ["key headers with half of an end"] = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + Token(new Random(7), 64) + "\n-----END RSA",
        ["dashes"] = "-",
        ["addresses with users"] = "http://a:",
        ["addresses with passwords"] = "http://a:p4ssw0rd9x@",
        ["addresses with long users"] = "postgres://" + new string('a', 120) + ":",
        ["backslashes"] = "\\",
        ["escaped line ends"] = "\\n",
        ["beginnings of references"] = "SECRET_REF(",
        ["references without an end"] = "SECRET_REF(auto.a.",
        ["references"] = "SECRET_REF(auto.github-pat.01234567)",
        ["beginnings of signed tokens"] = "eyJ",
        ["signed tokens in a chain"] = "eyJhbGciOi" + Token(new Random(8), 60) + ".eyJ" + Token(new Random(9), 90) + ".",
        ["assigned tokens in a chain"] = "token=" + Token(new Random(10), 57) + ".",
        ["a value that overlaps itself"] = "ab12",
        ["NULs"] = "\0",
        ["bytes that are no text"] = "\u00FF\u00C0\u0080",
        ["percent signs"] = "%25",
        ["entities"] = "&quot;",
        ["escapes"] = "\\u0022",
    };

    public static TheoryData<string> BodyNames => [.. Bodies.Keys];

    public static TheoryData<string> UnitNames => [.. Units.Keys];

    [Theory]
    [MemberData(nameof(BodyNames))]
    public void Find_BodiesOfAllRulesOfOneToEightMegabytes_CostInProportion(string body)
    {
        var unit = Bodies[body]();
        AssertLinear([1 << 20, 2 << 20, 4 << 20, 8 << 20], 1, length => Repeat(unit, length), Find);
    }

    [Theory]
    [MemberData(nameof(UnitNames))]
    public void Find_BodiesOfOneThing_CostInProportion(string unit) =>
        AssertLinear([32 << 10, 256 << 10], 2, length => Repeat(Units[unit], length), Find);

    [Theory]
    [MemberData(nameof(UnitNames))]
    public void Write_BodiesOfOneThingInDrops_CostInProportion(string unit) =>
        AssertLinear([8 << 10, 64 << 10], 2, length => Repeat(Units[unit], length), body =>
        {
            using var redactor = new StreamRedactor(Snapshot, MaskAll);
            var output = new ArrayBufferWriter<byte>();
            for (var at = 0; at < body.Length && redactor.Write(body.AsSpan(at, Math.Min(32, body.Length - at)), output); at += 32)
            {
                output.ResetWrittenCount();
            }
        });

    [Theory]
    [InlineData("signed tokens in a chain")]
    [InlineData("key headers with a line")]
    [InlineData("a value that overlaps itself")]
    public void Write_DeltasOfOneThing_CostInProportion(string unit) =>
        AssertLinear([8 << 10, 64 << 10], 2, length => Repeat(Units[unit], length), body =>
        {
            using var pair = new JoinerAndRedactor(Snapshot, MaskAll);
            for (var at = 0; at < body.Length && pair.Write(Bytes(StreamSamples.Event("chat content", Encoding.ASCII.GetString(body.AsSpan(at, 16))))); at += 16)
            {
            }
        });

    [Fact]
    public void Write_OneDeltaOfManyFindings_CostsInProportion() =>
        AssertLinear([8 << 10, 64 << 10], 2, length => Repeat("x = http://a:p4ssw0rd9x@h\n", length), body =>
        {
            using var pair = new JoinerAndRedactor(Snapshot, MaskAll);
            Assert.True(pair.Write(Bytes(StreamSamples.Event("chat content", Encoding.ASCII.GetString(body)))));
            Assert.True(pair.Complete());
        });

    private static void Find(byte[] body) => Snapshot.Find(body, []);

    private static void AssertLinear(int[] lengths, int runs, Func<int, byte[]> make, Action<byte[]> act)
    {
        var bodies = lengths.Select(make).ToList();
        act(bodies[0]); // compiles
        var costs = bodies.Select(body => Enumerable.Range(0, runs).Min(_ => ProcessorTime(() => act(body)))).ToList();
        for (var i = 1; i < costs.Count; i++)
        {
            // The clock's steps, the collector and whoever else runs cost some milliseconds now and then: less is no measure.
            var (ratio, fair) = (costs[i] / Math.Max(costs[0], LeastMeasured), (double)lengths[i] / lengths[0]);
            Assert.True(ratio <= fair * Slack, $"{fair} times the body cost {ratio:F1} times as much: {string.Join(", ", costs.Select(cost => $"{cost:F0} ms"))}.");
        }
    }

    private static double ProcessorTime(Action act)
    {
        var start = Environment.CpuUsage.TotalTime;
        act();
        return (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
    }

    private static byte[] Repeat(string unit, int length)
    {
        var bytes = Encoding.Latin1.GetBytes(unit);
        var body = new byte[length];
        for (var at = 0; at < length; at += bytes.Length)
        {
            bytes.AsSpan(0, Math.Min(bytes.Length, length - at)).CopyTo(body.AsSpan(at));
        }

        return body;
    }

    private static string OfAllRules(Func<string, string> text) =>
        string.Concat(ShippedRules.Set.Enabled.SelectMany(rule => rule.Literals.Select(literal => text(Encoding.Latin1.GetString(literal.Bytes.Span)))));

    private static string OfAllExamples(bool mustMatch) =>
        string.Concat(ShippedRules.Set.Enabled.SelectMany(rule => rule.MakeExamples().Where(example => example.MustMatch == mustMatch).Take(4))
            .Select(example => Encoding.Latin1.GetString(example.Text.Span) + "\n"));
}
