using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

public class DetectionSnapshotTests
{
    [Fact]
    public void Find_TextWithoutSecrets_FindsNothing()
    {
        var snapshot = Snapshot(("a", Token(new Random(1), 32)));
        Assert.Empty(snapshot.Find(Bytes(string.Concat(Enumerable.Repeat("int x1 = y2 + 3; // abc123def456 ", 2000)))));
        Assert.Empty(snapshot.Find([]));
    }

    [Fact]
    public void Find_AtFirstAndLastByte_Finds()
    {
        var value = Token(new Random(2), 24);
        var snapshot = Snapshot(("a", value));
        Assert.Equal("SECRET_REF(a)", snapshot.MaskWhole(value));
        Assert.Equal("SECRET_REF(a) x SECRET_REF(a)", snapshot.MaskWhole($"{value} x {value}"));
    }

    [Fact]
    public void Find_AtEveryPositionOfABlock_Finds()
    {
        // Blocks of 16 KB and of 64 bytes, and the last, partial one.
        var random = new Random(3);
        (string, string)[] secrets = [("mixed", Token(random, 20)), ("letters", Token(random, 20, "abcdefgh")), ("short", Token(random, 9, "xyzw"))];
        var snapshot = Snapshot(secrets);
        foreach (var (name, value) in secrets)
        {
            foreach (var at in Enumerable.Range(0, 130).Concat(Enumerable.Range(16_384 - 40, 80)))
            {
                var text = Bytes(new string('-', at) + value + new string('-', 70));
                Assert.Equal((at, name), Assert.Single(snapshot.Find(text).Select(d => ((int)d.Start, d.Name.Value))));
            }
        }
    }

    [Theory]
    [InlineData("a1bcdefg")]
    [InlineData("abcdef1g")]
    [InlineData("abcdefg1")]
    [InlineData("1abcdefg")]
    [InlineData("abcd1efg")]
    [InlineData("abcdefgh")]
    [InlineData("........")]
    [InlineData("abc-1-xyz.0")]
    [InlineData("ab1defghijklmnop")]
    [InlineData("abcdefghijklmn1p")]
    public void Find_ValueWithItsOnlyTransitionAnywhere_Finds(string value)
    {
        var snapshot = Snapshot(("a", value));
        for (var before = 0; before < 20; before++)
        {
            Assert.Single(snapshot.Find(Bytes(new string(' ', before) + value)));
            Assert.Single(snapshot.Find(Bytes(new string(' ', before) + value + "   ")));
        }
    }

    [Fact]
    public void Find_AnyBytes_Finds()
    {
        var random = new Random(4);
        for (var round = 0; round < 300; round++)
        {
            var value = new byte[random.Next(8, 80)];
            random.NextBytes(value);
            var snapshot = SnapshotOf(("a", value));
            var text = new byte[random.Next(200)];
            random.NextBytes(text);
            var at = random.Next(text.Length + 1);
            var found = snapshot.Find(Concat(text[..at], value, text[at..]));
            Assert.Contains(found, d => d.Start == at && d.Length == value.Length && d.Form == ValueForm.Plain);
        }
    }

    [Fact]
    public void Find_ValueWithNulsAndInvalidUtf8_Finds()
    {
        byte[] value = [0, 0, 0, 0xFF, 0xFE, 0xC0, 0, 0, 0x80, 0];
        var snapshot = SnapshotOf(("a", value));
        Assert.Single(snapshot.Find(Concat([0, 0, 0, 0, 0], value, [0, 0, 0])));
        Assert.Empty(snapshot.Find(new byte[10_000]));
    }

    [Fact]
    public void Find_LongestValue_FindsAllItsForms()
    {
        var value = Bytes("-----BEGIN FAKE-----\n" + Token(new Random(5), 16_000, Alphanumeric + "+/\n") + "\n-----END FAKE-----\n");
        var snapshot = SnapshotOf(("key", value));
        foreach (var (form, _, bytes) in FormsOf(value))
        {
            var found = Assert.Single(snapshot.Find(Concat("x "u8.ToArray(), bytes, " y"u8.ToArray())));
            Assert.Equal((form, bytes.Length), (found.Form, found.Length));
        }
    }

    [Fact]
    public void Find_BehindTenThousandDecoys_FindsTheRealOne()
    {
        // Decoys share all but the last byte with the secret: each is a candidate and none a finding.
        var value = Token(new Random(6), 32);
        var decoy = value[..^1] + (value[^1] == 'x' ? 'y' : 'x');
        var snapshot = Snapshot(("real", value));
        var text = string.Concat(Enumerable.Repeat(decoy + "\n", 10_000)) + value;
        Assert.Equal(10_000 * 33, Assert.Single(snapshot.Find(Bytes(text))).Start);
    }

    [Fact]
    public void Find_HundredThousandSecretsWithOnePrefix_FindsEach()
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 100_000).Select(i => $"prod1key2-{Token(random, 24)}").ToList();
        var snapshot = DetectionSnapshot.Build(
            [.. values.Select((value, i) => new RegisteredValue(SecretName.Create($"s{i}"), Bytes(value)))], InstallKey);
        Assert.Equal(100_000, snapshot.SecretCount);
        Assert.InRange(snapshot.FormCount, 600_000, 1_000_000);

        for (var i = 0; i < values.Count; i += 997)
        {
            var text = $"a {values[i]} b {Convert.ToBase64String(Bytes(values[i]))} c {Convert.ToHexStringLower(Bytes(values[i]))}";
            Assert.All(snapshot.Find(Bytes(text)), d => Assert.Equal($"s{i}", d.Name.Value));
            Assert.Equal(3, snapshot.Find(Bytes(text)).Count);
        }

        // The prefix alone, over and over, leads nowhere: that it is fast is what makes this test end.
        Assert.Empty(snapshot.Find(Bytes(string.Concat(Enumerable.Repeat("prod1key2-", 100_000)))));
    }

    [Fact]
    public void Find_SecretsThatDifferInLengthOnly_FindsEach()
    {
        // One window for all of them, and every value a prefix of the next.
        var secrets = Enumerable.Range(8, 200).Select(n => ($"s{n}", "key1" + new string('x', n - 4))).ToArray();
        var snapshot = Snapshot(secrets);
        foreach (var (name, value) in secrets)
        {
            var found = Assert.Single(snapshot.Find(Bytes($"<{value}>")));
            Assert.Equal((name, value.Length), (found.Name.Value, found.Length));
        }
    }

    [Fact]
    public void Find_OneValueUnderTwoNames_TakesTheFirst()
    {
        var value = Token(new Random(8), 20);
        var snapshot = Snapshot(("first", value), ("second", value));
        Assert.Equal("first", Assert.Single(snapshot.Find(Bytes(value))).Name.Value);
        Assert.Equal(2, snapshot.SecretCount);
    }

    [Fact]
    public void Find_ValueThatIsAnothersBase64_IsNamedByThePlainOne()
    {
        var value = Token(new Random(9), 21);
        var snapshot = Snapshot(("inner", value), ("outer", Convert.ToBase64String(Bytes(value))));
        Assert.Equal("SECRET_REF(outer)", snapshot.MaskWhole(Convert.ToBase64String(Bytes(value))));
    }

    [Fact]
    public void Build_ValueTooShortOrTooLong_Throws()
    {
        Assert.Throws<ArgumentException>(() => SnapshotOf(("a", new byte[7])));
        Assert.Throws<ArgumentException>(() => SnapshotOf(("a", new byte[RegisteredValue.MaxLength + 1])));
        Assert.Throws<ArgumentException>(() => DetectionSnapshot.Build([], new byte[31]));
    }

    [Fact]
    public void RegisteredValue_ToString_DoesNotShowTheValue()
    {
        var value = new RegisteredValue(SecretName.Create("a"), Bytes("not to be shown 1"));
        Assert.Equal("a", value.ToString());
    }

    [Fact]
    public void Snapshot_Memory_HoldsNoPlaintext()
    {
        var random = new Random(10);
        var values = Enumerable.Range(0, 50).Select(_ => Token(random, 40)).ToArray();
        var snapshot = DetectionSnapshot.Build([.. values.Select((v, i) => new RegisteredValue(SecretName.Create($"s{i}"), Bytes(v)))], InstallKey);
        foreach (var array in Reachable.Arrays(snapshot))
        {
            var memory = Encoding.Latin1.GetString(array);
            Assert.All(values, value => Assert.DoesNotContain(value[16..], memory, StringComparison.Ordinal));
        }
    }
}
