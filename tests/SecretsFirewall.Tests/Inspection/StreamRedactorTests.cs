using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

public class StreamRedactorTests
{
    [Theory]
    [InlineData("Xk29fjwLQ0vmz81Tq7bN")]
    [InlineData("p4ss\"w\\rd/with+é ü")]
    [InlineData("lettersonlyvalue")]
    [InlineData("line\nline\n\n42 end")]
    public void Write_EachFormSplitAnywhere_GivesWhatTheWholeGives(string value)
    {
        var snapshot = Snapshot(("it", value), ("other", Token(new Random(1), 30)));
        foreach (var (_, _, form) in FormsOf(Bytes(value)))
        {
            foreach (var (before, after) in ((string, string)[])[("", ""), ("data: {\"x\":\"", "\"}\n\n"), ("QUJD", "QUJD"), ("abc", "==")])
            {
                var text = Concat(Bytes(before), form, Bytes(after));
                var expected = snapshot.MaskWhole(text);
                Assert.NotEqual(text, expected);
                Assert.Equal(expected, snapshot.MaskByteByByte(text));
                for (var cut = 1; cut < text.Length; cut++)
                {
                    Assert.Equal(expected, snapshot.MaskInChunks(text, cut));
                }
            }
        }
    }

    [Fact]
    public void Write_MaskedValues_AreShownOnceEachWithTheirBytesHoweverTheyAreCut()
    {
        var value = Token(new Random(5), 40);
        var shown = new List<(long Start, string Name, string Raw)>();
        using var redactor = new StreamRedactor(
            Snapshot(("it", value)), MaskAll, onMasked: (in found, raw) => shown.Add((found.Start, found.Name.Value, Encoding.ASCII.GetString(raw))));
        var output = new ArrayBufferWriter<byte>();

        foreach (var b in Bytes($"one {value}, two {value}."))
        {
            Assert.True(redactor.Write([b], output));
        }

        Assert.True(redactor.Complete(output));
        Assert.Equal([(4, "it", value), (10 + 40, "it", value)], shown);
    }

    [Fact]
    public void Write_BlockedValue_IsNotShown()
    {
        var shown = 0;
        using var redactor = new StreamRedactor(Snapshot(("it", "some-value-0123456789")), RedactionPlan.BlockAll, onMasked: (in _, _) => shown++);

        Assert.False(redactor.Write(Bytes("some-value-0123456789 and more"), new ArrayBufferWriter<byte>()));
        Assert.Equal(0, shown);
    }

    [Fact]
    public void Write_Base64OfSecretAmongText_IsTheSameInAnyTwoCuts()
    {
        var value = Token(new Random(2), 10);
        var snapshot = Snapshot(("it", value));
        for (var before = 0; before < 3; before++)
        {
            var text = Bytes("\"" + Convert.ToBase64String(Bytes($"{new string('u', before)}{value}v")) + "\" tail");
            var expected = snapshot.MaskWhole(text);
            for (var first = 0; first <= text.Length; first++)
            {
                for (var second = first; second <= text.Length; second++)
                {
                    Assert.Equal(expected, snapshot.MaskInChunks(text, first, second));
                }
            }
        }
    }

    [Fact]
    public void Write_NestedOverlappingAndPrefixSecrets_AreTheSameByteByByte()
    {
        var snapshot = Snapshot(
            ("short", "abcd1234"), ("long", "abcd1234efgh"), ("tail", "4efgh567"), ("self", "ab12ab12"), ("inner", "cd1234ef"));
        foreach (var text in (string[])["abcd1234efgh567", "abcd1234 abcd1234efgh", "xabcd1234efg", "ab12ab12ab12ab12ab", "abcd1234abcd1234efgh567ab12ab12"])
        {
            var whole = snapshot.MaskWhole(Bytes(text));
            Assert.Equal(whole, snapshot.MaskByteByByte(Bytes(text)));
            for (var cut = 0; cut <= text.Length; cut++)
            {
                Assert.Equal(whole, snapshot.MaskInChunks(Bytes(text), cut));
            }
        }
    }

    [Fact]
    public void Write_ReferencesAndTokensSplitAnywhere_AreTheSame()
    {
        var snapshot = Snapshot(("prod.database1", Token(new Random(3), 20)), ("inside", "database1"));
        foreach (var part in (string[])["SECRET_REF(prod.database1)", "SECRET_REF%28prod.database1%29", "SECRET_REF(unknown.database1)", "SECRET_REF(database1", AgentToken(new Random(4))])
        {
            var text = Bytes($"a {part} b");
            Assert.Equal(snapshot.MaskWhole(text), snapshot.MaskByteByByte(text));
        }
    }

    [Theory]
    [InlineData("data: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"Hello\"}}\n\n")]
    [InlineData("event: ping\ndata: {}\n\n")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("{\"jsonrpc\":\"2.0\",\"id\":1}\n")]
    public void Write_EventWithNothingOpen_LeavesAtOnce(string text)
    {
        var random = new Random(5);
        var values = Enumerable.Range(0, 2_000).Select(i => new RegisteredValue(SecretName.Create($"s{i}"), Bytes("sk-" + Token(random, 40)))).ToList();
        values.Add(new(SecretName.Create("pem"), Bytes("-----BEGIN FAKE KEY-----\n" + Token(random, 64) + "\n-----END FAKE KEY-----\n")));
        using var redactor = new StreamRedactor(DetectionSnapshot.Build(values, InstallKey), MaskAll);
        var output = new ArrayBufferWriter<byte>();
        Assert.True(redactor.Write(Bytes(text), output));
        Assert.Equal(text, Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(0, redactor.HeldBack);
    }

    [Fact]
    public void Write_BeginningOfASecretThenLineFeeds_LeavesAtOnce()
    {
        var value = "Q7" + Token(new Random(6), 40);
        var snapshot = Snapshot(("it", value));
        for (var length = 1; length < value.Length; length++)
        {
            using var redactor = new StreamRedactor(snapshot, MaskAll);
            var output = new ArrayBufferWriter<byte>();
            redactor.Write(Bytes($"data: {value[..length]}\n\n"), output);
            Assert.Equal(0, redactor.HeldBack);
        }
    }

    [Fact]
    public void Write_BeginningOfASecretAtTheEnd_HoldsBackExactlyThat()
    {
        var value = "Q7" + Token(new Random(7), 38);
        var snapshot = Snapshot(("it", value));
        for (var length = 4; length < value.Length; length++)
        {
            using var redactor = new StreamRedactor(snapshot, MaskAll);
            var output = new ArrayBufferWriter<byte>();
            redactor.Write(Bytes($"some text \"{value[..length]}"), output);
            Assert.Equal("some text \"", Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.Equal(length, redactor.HeldBack);
        }
    }

    [Fact]
    public void Write_WholeSecretAndAQuote_IsFinalAtOnce()
    {
        var value = Token(new Random(8), 40);
        using var redactor = new StreamRedactor(Snapshot(("it", value)), MaskAll);
        var output = new ArrayBufferWriter<byte>();
        redactor.Write(Bytes($"data: \"{value}\"}}\n\n"), output);
        Assert.Equal("data: \"SECRET_REF(it)\"}\n\n", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Write_FindingThatBlocks_WritesNothingAtOrAfterIt()
    {
        var value = Token(new Random(9), 24);
        var text = Bytes($"before {value} after {value}");
        var seen = new List<FindingAction>();
        for (var cut = 0; cut <= text.Length; cut++)
        {
            seen.Clear();
            using var redactor = new StreamRedactor(Snapshot(("it", value)), RedactionPlan.BlockAll, (_, action) => seen.Add(action));
            var output = new ArrayBufferWriter<byte>();
            var answer = redactor.Write(text.AsSpan(0, cut), output) && redactor.Write(text.AsSpan(cut), output) && redactor.Complete(output);
            Assert.False(answer);
            Assert.Equal("before ", Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.Equal((7, "it"), ((int)redactor.Blocked!.Value.Start, redactor.Blocked.Value.Name.Value));
            Assert.Equal([FindingAction.Block], seen);

            Assert.False(redactor.Write("more"u8, output));
            Assert.False(redactor.Complete(output));
            Assert.Equal("before ", Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.Equal(0, redactor.HeldBack);
        }
    }

    [Fact]
    public void Write_RuleToBlockAfterValueToMask_MasksThenBlocks()
    {
        var (value, token) = (Token(new Random(10), 24), AgentToken(new Random(11)));
        var plan = MaskAll with { Rule = FindingAction.Block };
        using var redactor = new StreamRedactor(Snapshot(("it", value)), plan);
        var output = new ArrayBufferWriter<byte>();
        Assert.False(redactor.Write(Bytes($"{value} then {token} end"), output));
        Assert.Equal("SECRET_REF(it) then ", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(FindingKind.Rule, redactor.Blocked!.Value.Kind);
    }

    [Fact]
    public void Write_AlertAndPass_CopyAndTell()
    {
        var token = AgentToken(new Random(12));
        var told = new List<(long, FindingAction)>();
        var plan = MaskAll with { Rule = FindingAction.Alert };
        using var redactor = new StreamRedactor(Snapshot(), plan, (detection, action) => told.Add((detection.Start, action)));
        var output = new ArrayBufferWriter<byte>();
        foreach (var b in Bytes($"x {token} SECRET_REF(n) y"))
        {
            Assert.True(redactor.Write([b], output));
        }

        Assert.True(redactor.Complete(output));
        Assert.Equal($"x {token} SECRET_REF(n) y", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal([(2L, FindingAction.Alert), (3L + token.Length, FindingAction.Pass)], told);
        Assert.Equal(output.WrittenCount, redactor.BytesIn);
    }

    [Fact]
    public void Write_LargeChunks_GiveWhatTheWholeGives()
    {
        var random = new Random(13);
        var secrets = Enumerable.Range(0, 20).Select(i => ($"s{i}", Token(random, 16 + i))).ToArray();
        var snapshot = Snapshot(secrets);
        var text = new StringBuilder();
        while (text.Length < 300_000)
        {
            text.Append(Token(random, random.Next(400), Alphanumeric + " \n\",:{}"));
            text.Append(random.Next(3) == 0 ? secrets[random.Next(20)].Item2 : "");
        }

        var bytes = Bytes(text.ToString());
        var expected = snapshot.MaskWhole(bytes);
        Assert.Equal(expected, snapshot.MaskInChunks(bytes));
        Assert.Equal(expected, snapshot.MaskInChunks(bytes, Enumerable.Range(1, bytes.Length / 16_384).Select(i => i * 16_384)));
        Assert.Equal(expected, snapshot.MaskInChunks(bytes, Enumerable.Range(1, bytes.Length / 1_000).Select(i => i * 1_000)));
    }

    [Fact]
    public void Write_SmallAndLargeChunksByTurns_GiveWhatTheWholeGives()
    {
        var random = new Random(14);
        var value = Token(random, 40);
        var snapshot = Snapshot(("it", value));
        var bytes = Bytes(string.Concat(Enumerable.Range(0, 40).Select(i => Token(random, 1_000, Alphanumeric + " \n") + (i % 3 == 0 ? value : ""))));
        var expected = snapshot.MaskWhole(bytes);
        for (var small = 1; small < 400; small += 37)
        {
            // A large chunk every second time: what it leaves open goes back to a small buffer.
            var cuts = new List<int>();
            for (var at = small; at < bytes.Length; at += cuts.Count % 2 == 0 ? small : 9_000)
            {
                cuts.Add(at);
            }

            Assert.Equal(expected, snapshot.MaskInChunks(bytes, cuts));
        }
    }

    [Fact]
    public void Write_EndlessOverlap_BlocksInsteadOfHoldingAllOfIt()
    {
        using var redactor = new StreamRedactor(Snapshot(("self", "ab12ab12")), MaskAll);
        var output = new ArrayBufferWriter<byte>();
        var chunk = Bytes(string.Concat(Enumerable.Repeat("ab12", 4096)));
        var writes = 0;
        while (redactor.Write(chunk, output))
        {
            Assert.InRange(++writes, 1, 64);
        }

        Assert.Equal("self", redactor.Blocked!.Value.Name.Value);
        Assert.Equal(0, output.WrittenCount);
    }

    [Fact]
    public void Write_LongKeyByteByByte_ComesOutAsItsReference()
    {
        var key = Bytes("-----BEGIN FAKE-----\n" + Token(new Random(14), 3_000, Alphanumeric + "+/\n") + "\n-----END FAKE-----\n");
        var snapshot = SnapshotOf(("key", key));
        Assert.Equal("a SECRET_REF(key) b", Encoding.UTF8.GetString(snapshot.MaskByteByByte(Concat("a "u8.ToArray(), key, " b"u8.ToArray()))));
    }

    [Fact]
    public void Write_CleanChunks_AllocateNothing()
    {
        var snapshot = Snapshot(("it", Token(new Random(15), 40)));
        var chunk = Bytes(string.Concat(Enumerable.Repeat("int x1 = call(y2, \"abc123\"); // and so on\n", 380)));
        var output = new ArrayBufferWriter<byte>(chunk.Length + 100);
        using var redactor = new StreamRedactor(snapshot, MaskAll);
        for (var round = 0; round < 3; round++)
        {
            output.ResetWrittenCount();
            redactor.Write(chunk, output);
        }

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var round = 0; round < 100; round++)
            {
                output.ResetWrittenCount();
                redactor.Write(chunk, output);
            }
        }));
    }
}
