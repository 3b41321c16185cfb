using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SecretsFirewall.Audit;
using SecretsFirewall.Tests.Fuzzing;

namespace SecretsFirewall.Tests.Audit;

/// <summary>A thousand random edits of a good log, by somebody with an editor and by somebody who knows the format: none passes.</summary>
public sealed class ChainMutationTests : IDisposable
{
    private const int Edits = 1000;
    private const int Seed = 20261121;

    private readonly SignedChain _chain = new();

    public void Dispose() => _chain.Dispose();

    [Fact]
    public void Verify_RandomEdits_AreAllCaught()
    {
        var good = _chain.Write(60).Lines;
        Assert.True(_chain.Verify() is { IsWhole: true, IsSigned: true });
        var random = new Random(Seed);
        for (var edit = 0; edit < FuzzRounds.Or(Edits); edit++)
        {
            var (name, bad) = Edit(random, good);
            if (bad.AsSpan().SequenceEqual(Bytes(good)))
            {
                continue; // two equal bytes changed places
            }

            Directory.Delete(_chain.Directory, recursive: true);
            Directory.CreateDirectory(_chain.Directory);
            File.WriteAllBytes(AuditSegments.Path(_chain.Directory, 1), bad);
            Assert.True(_chain.Verify() is { IsWhole: false }, string.Create(CultureInfo.InvariantCulture, $"Edit {edit} was not caught: {name}."));
        }
    }

    private static (string Name, byte[] Log) Edit(Random random, List<string> good)
    {
        var lines = good.ToList();
        var bytes = Bytes(good);
        var (at, line, other) = (random.Next(bytes.Length), random.Next(lines.Count), random.Next(lines.Count));
        switch (random.Next(14))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return ("a bit", bytes);
            case 1:
                bytes[at] = (byte)random.Next(256);
                return ("a byte", bytes);
            case 2:
                return ("a byte put in", [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]]);
            case 3:
                return ("bytes taken out", [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + random.Next(1, 50))..]]);
            case 4:
                return ("the end cut off at a byte", bytes[..at]);
            case 5:
                return ("the end cut off at a line", Bytes(lines[..line]));
            case 6:
                lines.RemoveAt(line);
                return ("a line taken out", Bytes(lines));
            case 7:
                lines.Insert(other, lines[line]);
                return ("a line doubled", Bytes(lines));
            case 8:
                (lines[line], lines[other]) = (lines[other], lines[line]);
                return ("two lines changed", Bytes(lines));
            case 9:
                return ("the start cut off", Bytes(lines[random.Next(1, lines.Count)..]));
            case 10:
                lines[line] = Change(random, lines[line]);
                return ("a record changed", Bytes(lines));
            case 11:
                lines[line] = SignedChain.Rehash(JsonNode.Parse(Change(random, lines[line]))!.AsObject(), out _);
                return ("a record changed, with its hash", Bytes(lines));
            case 12:
                lines[line] = Change(random, lines[line]);
                return ("a record changed, and all hashes behind it", Bytes(SignedChain.Relink(lines, line)));
            default:
                lines.RemoveAt(line);
                return ("a record taken out, the rest numbered and linked anew", Bytes(SignedChain.Relink(lines, line)));
        }
    }

    private static string Change(Random random, string line)
    {
        var record = JsonNode.Parse(line)!.AsObject();
        var member = record.Where(static one => one.Key is not ("hash" or "findings")).ElementAt(random.Next(record.Count - 2));
        record[member.Key] = member.Value switch
        {
            JsonObject inner => Inner(inner),
            { } value when value.GetValueKind() == System.Text.Json.JsonValueKind.Number => (long)value + random.Next(1, 9),
            { } value => (string)value! + "x",
            _ => "x",
        };
        return record.ToJsonString();
    }

    private static JsonObject Inner(JsonObject inner)
    {
        var changed = inner.DeepClone().AsObject();
        changed["why"] = "x";
        return changed;
    }

    private static byte[] Bytes(IEnumerable<string> lines) => Encoding.ASCII.GetBytes(string.Concat(lines.Select(static line => line + "\n")));
}
