using System.IO.Compression;
using System.Text;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Tests.Inspection.Codecs;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Fuzzing;

/// <summary>Damaged coded bodies: a decoder gives what the platform's own gives, or refuses; and neither depends on how the bytes came.</summary>
public sealed class CodecFuzzTests
{
    /// <summary>A bomb decodes to more; who reads here stops at so much.</summary>
    private const int MostDecoded = 1024 * 1024;

    [Theory]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Deflate)]
    [InlineData(ContentCoding.Brotli)]
    [InlineData(ContentCoding.Gzip, ContentCoding.Brotli)]
    [InlineData(ContentCoding.Deflate, ContentCoding.Gzip, ContentCoding.Deflate)]
    public void Decode_DamagedBodies_GiveDataOrInvalidDataHoweverTheyCome(params ContentCoding[] codings)
    {
        var random = new Random(20_261_121);
        var sound = Bodies().Select(plain => Encode(plain, codings)).ToList();
        var (read, refused) = (0, 0);
        for (var round = FuzzRounds.Or(1_500); round > 0; round--)
        {
            var coded = Mutations.Of(sound[random.Next(sound.Count)], random);

            var atOnce = Decode(coded, coded.Length, MostDecoded, codings);
            var inPieces = Decode(coded, random.Next(1, 9), random.Next(1, 900), codings);

            Assert.Equal(atOnce, inPieces);
            if (atOnce is null)
            {
                refused++;
            }
            else
            {
                read++;
                AssertAsThePlatform(atOnce, coded, codings);
            }
        }

        Assert.True(refused > 0, "Nothing was damaged.");
        Assert.True(read > 0 || codings.Length > 1 || codings[0] is not ContentCoding.Brotli, "Everything was refused."); // brotli has no checksum
    }

    private static IEnumerable<byte[]> Bodies()
    {
        yield return [];
        yield return "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"u8.ToArray();
        yield return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 300)));
        yield return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("again and again, ", 200)));
    }

    private static byte[] Encode(byte[] plain, ContentCoding[] codings)
    {
        var target = new MemoryStream();
        using (var encoder = ContentCodings.Encode(target, codings))
        {
            encoder.Write(plain);
        }

        return target.ToArray();
    }

    /// <summary>Null where it is refused. Any other exception than that for wrong data fails the test.</summary>
    private static byte[]? Decode(byte[] coded, int given, int asked, ContentCoding[] codings)
    {
        using var decoder = ContentCodings.Decode(new ShortReadsStream(coded, given), codings);
        var plain = new MemoryStream();
        var buffer = new byte[asked];
        try
        {
            while (plain.Length < MostDecoded && decoder.Read(buffer) is var count and > 0)
            {
                plain.Write(buffer, 0, (int)Math.Min(count, MostDecoded - plain.Length));
            }
        }
        catch (InvalidDataException)
        {
            return plain.Length < MostDecoded ? null : plain.ToArray();
        }

        return plain.ToArray();
    }

    private static void AssertAsThePlatform(byte[] plain, byte[] coded, ContentCoding[] codings)
    {
        if (plain.Length == MostDecoded || codings is not [ContentCoding.Gzip or ContentCoding.Brotli] || coded.Length == 0)
        {
            return;
        }

        using Stream decoder = codings[0] is ContentCoding.Gzip
            ? new GZipStream(new MemoryStream(coded), CompressionMode.Decompress)
            : new BrotliStream(new MemoryStream(coded), CompressionMode.Decompress);
        var theirs = new MemoryStream();
        decoder.CopyTo(theirs);
        Assert.Equal(theirs.ToArray(), plain);
    }
}
