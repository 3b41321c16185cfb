using System.Text;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class ObservedBodyTests
{
    private static readonly RedactionPlan Blocking = Bodies.Masking with { Registered = FindingAction.Block };

    [Theory]
    [InlineData(ContentCoding.Gzip, 1)]
    [InlineData(ContentCoding.Gzip, 1000)]
    [InlineData(ContentCoding.Deflate, 777)]
    [InlineData(ContentCoding.Brotli, 100)]
    public async Task ReadAsync_CleanBody_KeepsItsCodedBytes(ContentCoding coding, int piece)
    {
        var coded = Bodies.Code(Bodies.RandomText(300_000, 7), coding);
        await using var body = Observe(new PiecewiseStream(coded, piece), coding);
        Assert.Equal(coded, await Bodies.ReadAllAsync(body));
    }

    [Fact]
    public async Task ReadAsync_StackedCodings_KeepTheirBytes()
    {
        var coded = Bodies.Code(Bodies.RandomText(100_000, 8), ContentCoding.Gzip, ContentCoding.Brotli);
        await using var body = Observe(new PiecewiseStream(coded, 500), ContentCoding.Gzip, ContentCoding.Brotli);
        Assert.Equal(coded, await Bodies.ReadAllAsync(body));
    }

    [Theory]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Brotli)]
    public async Task ReadAsync_RegisteredValueInside_IsRefusedAndNoPrefixOfItLeaves(ContentCoding coding)
    {
        byte[] text = [.. Bodies.RandomText(200_000, 9), .. Encoding.ASCII.GetBytes(Bodies.Secret), .. Bodies.RandomText(1000, 10)];
        var coded = Bodies.Code(text, coding);
        await using var body = Observe(new PiecewiseStream(coded, 64), coding);
        using var passed = new MemoryStream();
        var refused = await Assert.ThrowsAsync<RefusedException>(async () =>
        {
            var buffer = new byte[4096];
            while (await body.ReadAsync(buffer) is var count and > 0)
            {
                passed.Write(buffer, 0, count);
            }
        });
        Assert.Equal(RefusalCode.SecretBlocked, refused.Refusal.Code);
        Assert.DoesNotContain(Bodies.Secret[..8], await DecodeWhatCameAsync(passed.ToArray(), coding), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_TruncatedBody_IsRefused()
    {
        var coded = Bodies.Code(Bodies.RandomText(10_000, 11), ContentCoding.Gzip);
        await using var body = Observe(new MemoryStream(coded[..^3]), ContentCoding.Gzip);
        await Assert.ThrowsAsync<RefusedException>(async () => await Bodies.ReadAllAsync(body));
    }

    private static ObservedBody Observe(Stream coded, params ContentCoding[] codings) =>
        new(coded, codings, 1100, RefusalCode.UpstreamUninspectable, Bodies.Redactor(Blocking));

    private static async Task<string> DecodeWhatCameAsync(byte[] coded, ContentCoding coding)
    {
        using var plain = new MemoryStream();
        try
        {
            var decoder = ContentCodings.Decode(new MemoryStream(coded), [coding]);
            var buffer = new byte[64];
            while (await decoder.ReadAsync(buffer) is var count and > 0)
            {
                plain.Write(buffer, 0, count);
            }
        }
        catch (InvalidDataException)
        {
            // Cut off, as it should be; what decoded before counts.
        }

        return Encoding.Latin1.GetString(plain.ToArray());
    }
}
