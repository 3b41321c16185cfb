using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using SecretsFirewall.Tests.Inspection.Rules;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Matrix;

/// <summary>
/// Properties of the whole engine: all rules and registered values at once. Texts are made of few pieces, whole and broken off, so that names, gaps,
/// tokens, keys and values touch, nest and overlap far more often than in traffic.
/// </summary>
public sealed class EngineProperties
{
    private static readonly Dictionary<SecretName, byte[]> Values = new()
    {
        [SecretName.Create("short")] = Bytes("abcd1234"),
        [SecretName.Create("long")] = Bytes("abcd1234efgh"),
        [SecretName.Create("tail")] = Bytes("4efgh567"),
        [SecretName.Create("signs")] = Bytes("p/4\"x\\y+z"),
        [SecretName.Create("token")] = Bytes(Token(new Random(1), 40)),
        [SecretName.Create("lines")] = Bytes("first1\nsecond2\n"),
    };

    private static readonly DetectionSnapshot Snapshot = DetectionSnapshot.Build(
        [.. Values.Select(value => new RegisteredValue(value.Key, value.Value))], InstallKey, [.. ShippedRules.Set.Enabled]);

    private static readonly string[] AllPieces = CreatePieces();

    // Texts that are spelled in escapes have properties of their own (Encodings).
    private static readonly string[] Pieces = [.. AllPieces.Where(piece => !piece.Contains('%') && !piece.Contains("\\u", StringComparison.Ordinal))];

    private static readonly string[] Numbers = ["12345678901234567890123456789012345678", "-1.5e9", "1029384756102938475610293847561e2", "7.5039e-12"];

    [Fact]
    public void Mask_AnyTextInAnyChunks_GivesWhatTheWholeGives() => Check(600, seed =>
    {
        var random = new Random(seed);
        var text = Encoding.Latin1.GetBytes(RandomText(random, Pieces));
        var expected = Snapshot.MaskWhole(text);
        var cuts = Enumerable.Range(0, random.Next(8)).Select(_ => random.Next(text.Length + 1)).Order();
        return expected.AsSpan().SequenceEqual(Snapshot.MaskInChunks(text, cuts))
            && (seed % 4 != 0 || expected.AsSpan().SequenceEqual(Snapshot.MaskByteByByte(text)));
    });

    [Fact]
    public void Find_AnyText_IsSortedDisjointInsideAndCoversEveryRegisteredValue() => Check(1_500, seed =>
    {
        var text = Encoding.Latin1.GetBytes(RandomText(new Random(seed), Pieces));
        var found = Snapshot.Find(text);
        return IsSortedAndDisjoint(found, text.Length)
            && Values.Values.All(value => Occurrences(text, value).All(at => found.Any(d => d.Start <= at && d.End >= at + value.Length)));
    });

    [Fact]
    public void Mask_AnyText_ChangesNothingOutsideOfFindings() => Check(1_500, seed =>
    {
        var text = Encoding.Latin1.GetBytes(RandomText(new Random(seed), Pieces));
        var masked = Snapshot.MaskWhole(text).AsSpan();
        var copied = 0;
        foreach (var found in Snapshot.Find(text).Where(found => found.Kind != FindingKind.Reference))
        {
            var replacement = Splice.ReplacementFor(text, found, out var start, out var length).Span;
            var between = text.AsSpan(copied, start - copied);
            if (!masked.StartsWith(between) || !masked[between.Length..].StartsWith(replacement))
            {
                return false;
            }

            masked = masked[(between.Length + replacement.Length)..];
            copied = start + length;
        }

        return masked.SequenceEqual(text.AsSpan(copied));
    });

    [Fact]
    public void Bind_WhatWasMasked_GivesTheTextBack() => Check(1_000, seed =>
    {
        // Values that stand apart from each other and from what rules find: what is one range under one name has lost the others.
        var random = new Random(seed);
        string[] words = ["a word ", "x = 1;\n", "{\"k\": [", "é ü ", "\\n", "path/to/file ", "]} "];
        var names = Values.Keys.ToList();
        var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ =>
            random.Next(2) == 0 ? words[random.Next(words.Length)] : $" {Encoding.UTF8.GetString(Values[names[random.Next(names.Count)]])} "));
        var json = JsonSerializer.SerializeToUtf8Bytes(new[] { text });
        return BindAll(Snapshot.MaskWhole(Bytes(text)), value => value).AsSpan().SequenceEqual(Bytes(text))
            && JsonSerializer.Deserialize<string[]>(BindAll(Snapshot.MaskWhole(json), value => JsonStringCodec.Encode(value)))![0] == text;
    });

    [Fact]
    public void Mask_ValidJson_IsValidJson() => Check(1_500, IsJsonWhenMasked);

    /// <summary>Blocks that reached over a member's name, numbers behind names in quotes, line breaks of quoted-printable that are none.</summary>
    [Theory]
    [InlineData(32162)]
    [InlineData(50136)]
    [InlineData(93624)]
    [InlineData(96115)]
    [InlineData(103718)]
    [InlineData(106145)]
    [InlineData(111063)]
    [InlineData(119546)]
    [InlineData(134255)]
    [InlineData(144128)]
    [InlineData(212297)]
    [InlineData(213548)]
    [InlineData(231393)]
    [InlineData(391158)]
    public void Mask_JsonThatBrokeOnce_IsValidJson(int seed) => Assert.True(IsJsonWhenMasked(seed));

    [Fact]
    public void Mask_ValidJsonSpelledInEscapes_IsValidJson() => Check(1_500, seed =>
    {
        var json = RandomJson(new Random(seed), AllPieces);
        return BeginsInsideEscape(json) || (IsJson(json) && IsJson(Snapshot.MaskWhole(json)));
    });

    [Fact]
    public void Mask_ValidCodedBody_IsAValidCodedBody() => Check(120, seed =>
    {
        var random = new Random(seed);
        var body = random.Next(2) == 0 ? RandomJson(random, Pieces) : Encoding.Latin1.GetBytes(RandomText(random, Pieces));
        ContentCoding[] codings = random.Next(4) == 0 ? [ContentCoding.Gzip, ContentCoding.Brotli] : [ContentCoding.Gzip];
        return CodedBody.Mask(Snapshot, body, random.Next(1, 200), codings).AsSpan().SequenceEqual(Snapshot.MaskWhole(body));
    });

    private static bool IsJsonWhenMasked(int seed)
    {
        var json = RandomJson(new Random(seed), Pieces);
        var masked = Snapshot.MaskWhole(json);
        return BeginsInsideEscape(json)
            || (IsJson(json) && IsJson(masked) && masked.AsSpan().SequenceEqual(Snapshot.MaskInChunks(json, json.Length / 3, json.Length / 2)));
    }

    /// <summary>A value that begins in the middle of an escape stands there only if this is no JSON: it is masked as it stands, to be safe.</summary>
    private static bool BeginsInsideEscape(byte[] json) => Snapshot.Find(json).Exists(found => JsonEscapes.TailAt(json, (int)found.Start) > 0);

    private static void Check(int count, Func<int, bool> holds) =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithEndSize(1_000_000));

    private static bool IsSortedAndDisjoint(List<Detection> found, int length)
    {
        var end = 0L;
        foreach (var detection in found)
        {
            if (detection.Start < end || detection.Length <= 0 || detection.End > length)
            {
                return false;
            }

            end = detection.End;
        }

        return true;
    }

    private static IEnumerable<int> Occurrences(byte[] text, byte[] value) =>
        Enumerable.Range(0, Math.Max(0, text.Length - value.Length + 1)).Where(at => text.AsSpan(at).StartsWith(value));

    /// <summary>What a binding without limits would do: every reference to a registered value becomes the value.</summary>
    private static byte[] BindAll(byte[] masked, Func<byte[], byte[]> write)
    {
        var edits = Snapshot.Find(masked).Where(found => found.Kind == FindingKind.Reference)
            .Select(found => new Splice.Edit((int)found.Start, found.Length, write(Values[found.Name]))).ToList();
        var output = new ArrayBufferWriter<byte>();
        Splice.Apply(masked, edits, output);
        return output.WrittenSpan.ToArray();
    }

    private static bool IsJson(byte[] text)
    {
        try
        {
            JsonDocument.Parse(text).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string RandomText(Random random, string[] pieces) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Broken(pieces[random.Next(pieces.Length)], random)));

    private static string Broken(string piece, Random random) => random.Next(5) switch
    {
        0 => piece[..random.Next(piece.Length + 1)],
        1 => piece[random.Next(piece.Length + 1)..],
        _ => piece,
    };

    /// <summary>Strings, numbers and names next to each other, as writers of several kinds put them; JSON inside strings too.</summary>
    private static byte[] RandomJson(Random random, string[] pieces)
    {
        var options = new JsonWriterOptions
        {
            Indented = random.Next(3) == 0,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        var output = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(output, options))
        {
            WriteValue(writer, random, pieces, 3);
        }

        return output.WrittenSpan.ToArray();
    }

    private static void WriteValue(Utf8JsonWriter writer, Random random, string[] pieces, int depth)
    {
        switch (random.Next(depth > 0 ? 7 : 4))
        {
            case 0:
                writer.WriteNumberValue(random.NextInt64());
                break;
            case 1:
                writer.WriteRawValue(Numbers[random.Next(Numbers.Length)]);
                break;
            case 2 or 3:
                writer.WriteStringValue(RandomText(random, pieces));
                break;
            case 4:
                writer.WriteStartArray();
                for (var i = random.Next(5); i > 0; i--)
                {
                    WriteValue(writer, random, pieces, depth - 1);
                }

                writer.WriteEndArray();
                break;
            case 5:
                writer.WriteStartObject();
                for (var i = random.Next(5); i > 0; i--)
                {
                    writer.WritePropertyName(RandomText(random, pieces));
                    WriteValue(writer, random, pieces, depth - 1);
                }

                writer.WriteEndObject();
                break;
            default:
                writer.WriteStringValue(Encoding.UTF8.GetString(RandomJson(random, pieces)));
                break;
        }
    }

    private static string[] CreatePieces()
    {
        var random = new Random(3);
        var examples = ShippedRules.Set.Enabled.SelectMany(rule => rule.MakeExamples().Where(example => example.MustMatch && example.Text.Length < 2_000).Take(1)).ToList();
        List<string> pieces = [.. examples.OrderBy(_ => random.Next()).Take(60).Select(example => Encoding.Latin1.GetString(example.Text.Span))];
        pieces.AddRange(Values.Values.SelectMany(value => FormsOf(value)).Select(form => Encoding.Latin1.GetString(form.Bytes)));
        pieces.AddRange(Values.Values.Select(Encoding.Latin1.GetString));
        string[] gaps =
        [
            " ", "\n", "\\n", "\"", "\\\"", "=", ": ", " = ", ":", ",", "'", "`", "password", "api_key", "token", "secret", "Bearer ", "\": \"", "value", "name",
            "postgres://u:", "@", "@h", "-----", "-----BEGIN RSA " + "PRIVATE KEY-----\n", "\n-----END RSA " + "PRIVATE KEY-----\n", "eyJ", ".", "ghp_",
            "SECRET_REF(short)", "SECRET_REF(", ")", "SECRET_REF%28long%29", "SECRET_REF(unknown)", "a", "1", "\\", "\0", "\u00FF", "\u00C3\u00A9",
        ];
        pieces.AddRange(gaps.Concat(gaps));
        pieces.AddRange(Enumerable.Range(0, 10).Select(i => Token(random, 8 + (i * 8))));
        return [.. pieces];
    }
}
