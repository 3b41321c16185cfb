using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Tests.Fuzzing;
using static SecretsFirewall.Tests.Inspection.EventStreams.StreamSamples;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.EventStreams;

/// <summary>Streams of two choices in pieces of a few letters, so that secrets break off, nest and overlap far more often than in traffic.</summary>
public class EventStreamProperties
{
    private static readonly string[] Secrets = ["abcd1234", "abcd1234efgh", "4efgh567", "ab12ab12", "q\"z\\9\n77"];

    private static readonly DetectionSnapshot Snapshot = Samples.Snapshot([.. Secrets.Select((value, i) => ($"s{i}", value))]);

    [Fact]
    public void Joining_AnyPiecesAnyChunking_GivesTheSameAndLeavesNoSecretInAnyText() => Check(1_500, seed =>
    {
        var random = new Random(seed);
        var stream = RandomStream(random);
        var length = Bytes(stream).Length;
        var expected = Snapshot.Mask(stream);
        var cuts = Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(length + 1)).Order();
        return expected == Snapshot.Mask(stream, cuts)
            && expected == Snapshot.MaskEveryByte(stream)
            && Texts(stream).Zip(Texts(expected)).All(pair => pair.Second == Snapshot.MaskWhole(pair.First));
    });

    [Fact]
    public void Joining_AnyBytes_NeverThrowsAndIsTheSameByteByByte() => Check(500, seed =>
    {
        var random = new Random(seed);
        string[] parts = ["data:", "data: ", "\r", "\n", "\r\n", "{", "}", "\"delta\":", "\"text\":\"", "ab12", "\"", ":", "\\", "\\u00", "[", "]", "\"index\":", "1", ",", "\uFEFF"];
        var stream = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => parts[random.Next(parts.Length)]));
        return Snapshot.Mask(stream) == Snapshot.MaskEveryByte(stream);
    });

    private static void Check(int count, Func<int, bool> holds) =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(FuzzRounds.Or(count)).WithEndSize(1_000_000));

    private static string RandomStream(Random random)
    {
        string[] letters = ["a", "b", "ab12", "abcd", "cd12", "34", "ef", "gh", "4efgh", "567", "q\"z", "\\9", "\n77", " ", "é", .. Secrets];
        string[] newLines = ["\n", "\r\n", "\r"];
        var stream = new StringBuilder();
        for (var events = random.Next(1, 14); events > 0; events--)
        {
            var piece = string.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => letters[random.Next(letters.Length)]));
            stream.Append(random.Next(8) == 0 ? ": ping\n\n" : Event("chat content", piece, random.Next(2), newLines[random.Next(3)]));
        }

        return stream.ToString();
    }

    private static List<string> Texts(string stream)
    {
        List<string> texts = ["", ""];
        foreach (var line in stream.Split('\r', '\n').Where(line => line.StartsWith("data:", StringComparison.Ordinal)))
        {
            var choice = JsonNode.Parse(line[5..])!["choices"]![0]!;
            texts[(int)choice["index"]!] += (string)choice["delta"]!["content"]!;
        }

        return texts;
    }
}
