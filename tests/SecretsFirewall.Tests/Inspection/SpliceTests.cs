using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.Redaction;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

public class SpliceTests
{
    [Fact]
    public void Mask_InPaddedBase64_KeepsTheNeighboursBytesAtEveryAlignmentAndLength()
    {
        var random = new Random(1);
        for (var before = 0; before < 7; before++)
        {
            for (var after = 0; after < 7; after++)
            {
                for (var length = 8; length < 14; length++)
                {
                    var value = Token(random, length);
                    var snapshot = Snapshot(("name", value));
                    var text = Convert.ToBase64String(Bytes($"{new string('<', before)}{value}{new string('>', after)}"));
                    var decoded = Encoding.UTF8.GetString(Convert.FromBase64String(snapshot.MaskWhole(text)));
                    Assert.Matches($"^<{{{before}}}SECRET_REF\\(name\\) {{0,2}}>{{{after}}}$", decoded);
                }
            }
        }
    }

    [Fact]
    public void Mask_InUnpaddedBase64Url_StaysUnpaddedAndDecodes()
    {
        var random = new Random(2);
        for (var before = 0; before < 4; before++)
        {
            for (var after = 0; after < 4; after++)
            {
                byte[] text = [.. Enumerable.Repeat((byte)0xFB, before), .. Bytes("?>~?>~" + Token(random, 10)), .. Enumerable.Repeat((byte)0xFF, after)];
                var snapshot = SnapshotOf(("n", text[before..^after]));
                var masked = snapshot.MaskWhole($"\"{System.Buffers.Text.Base64Url.EncodeToString(text)}\"")[1..^1];
                Assert.DoesNotContain('=', masked);
                var decoded = System.Buffers.Text.Base64Url.DecodeFromChars(masked);
                Assert.Equal(text[..before], decoded[..before]);
                Assert.StartsWith("SECRET_REF(n)", Encoding.Latin1.GetString(decoded[before..]), StringComparison.Ordinal);
                Assert.Equal(text[^after..], decoded[^after..]);
            }
        }
    }

    [Fact]
    public void Mask_BasicCredentials_DecodeToUserAndReference()
    {
        var value = Token(new Random(3), 20);
        var masked = Snapshot(("pw", value)).MaskWhole($"Basic {Convert.ToBase64String(Bytes($"user:{value}"))}\r\n");
        Assert.Equal("user:SECRET_REF(pw)", Encoding.UTF8.GetString(Convert.FromBase64String(masked["Basic ".Length..^2])));
    }

    [Fact]
    public void Mask_Base64RunThatBeginsInsideTheFirstQuad_LeavesNothingOfTheSecret()
    {
        var value = Token(new Random(4), 20);
        var run = Convert.ToBase64String(Bytes($"xy{value}zz"));
        for (var cut = 1; cut <= 3; cut++)
        {
            var masked = Snapshot(("pw", value)).MaskWhole(run[cut..]);
            Assert.Contains(Convert.ToBase64String(Bytes("SECRET_REF(pw)"))[..16], masked, StringComparison.Ordinal);
            Assert.DoesNotContain(run[4..^4], masked, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Mask_InHex_StaysHexOfTheSameCase(bool upper)
    {
        var value = Token(new Random(5), 20);
        string Hex(string text) => upper ? Convert.ToHexString(Bytes(text)) : Convert.ToHexStringLower(Bytes(text));
        Assert.Equal(Hex("<SECRET_REF(k)>"), Snapshot(("k", value)).MaskWhole(Hex($"<{value}>")));
    }

    [Fact]
    public void Apply_SortedEdits_ReplacesThem()
    {
        var output = new ArrayBufferWriter<byte>();
        Splice.Apply("0123456789"u8, [new(0, 1, "a"u8.ToArray()), new(1, 0, "-"u8.ToArray()), new(8, 2, default)], output);
        Assert.Equal("a-1234567", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Apply_OverlappingOrOutside_Throws()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => Splice.Apply("0123"u8, [new(0, 2, default), new(1, 1, default)], output));
        Assert.Throws<ArgumentException>(() => Splice.Apply("0123"u8, [new(3, 2, default)], output));
    }
}
