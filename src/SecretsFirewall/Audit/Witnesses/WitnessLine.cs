using System.Globalization;
using System.Text.Json;

namespace SecretsFirewall.Audit.Witnesses;

/// <summary>A checkpoint as a witness keeps it: one JSON object, <c>{"count","hash","key","seq","signature","ts","type","v"}</c>, that can be verified without the log.</summary>
internal static class WitnessLine
{
    // A line of ours has some 400 bytes.
    private const int MostFileBytes = 1 << 30;

    public static byte[] Write(AuditPosition position)
    {
        using var json = new CanonicalJsonWriter();
        var checkpoint = position.Checkpoint;
        json.Open('{');
        Number(json, "count", checkpoint.Count);
        Text(json, "hash", checkpoint.Hash);
        Text(json, "key", checkpoint.Key);
        Number(json, "seq", checkpoint.Sequence);
        Text(json, "signature", checkpoint.Signature);
        Text(json, "ts", position.At.UtcDateTime.ToString(AuditCheckpoint.TimestampFormat, CultureInfo.InvariantCulture));
        Text(json, "type", AuditTypes.Checkpoint);
        Number(json, "v", 1);
        json.Close('}');
        return [.. json.Written, (byte)'\n'];
    }

    /// <summary>What a witness's file knows: hashes by number. Null with one sentence if it is none; a torn last line is passed over.</summary>
    public static IReadOnlyDictionary<long, string>? Read(string path, out string problem)
    {
        try
        {
            if (new FileInfo(path).Length > MostFileBytes)
            {
                problem = $"{path} is too large for a witness's file.";
                return null;
            }

            var known = new Dictionary<long, string>();
            var text = File.ReadAllText(path);
            var lines = text.Split('\n');
            for (var i = 0; i < lines.Length - 1; i++)
            {
                if (TryRead(lines[i]) is not var (sequence, hash) || (known.TryGetValue(sequence, out var other) && other != hash))
                {
                    problem = string.Create(CultureInfo.InvariantCulture, $"{path}:{i + 1}: This is no checkpoint, or contradicts one before: the log was written anew, or is not the only one that this witness has.");
                    return null;
                }

                known[sequence] = hash;
            }

            problem = known.Count == 0 ? $"{path} holds no checkpoint." : "";
            return known.Count == 0 ? null : known;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"{path} cannot be read: {e.Message}";
            return null;
        }
    }

    private static (long Sequence, string Hash)? TryRead(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("seq", out var sequence) && sequence.TryGetInt64(out var number)
                && root.TryGetProperty("hash", out var hash) && hash.GetString() is { Length: 64 } text
                ? (number, text)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Text(CanonicalJsonWriter json, string name, string value)
    {
        json.Name(name);
        json.String(value);
    }

    private static void Number(CanonicalJsonWriter json, string name, long value)
    {
        json.Name(name);
        json.Number(value);
    }
}
