using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using SecretsFirewall.Protocols;

namespace SecretsFirewall.Tests.Protocols;

public sealed class JsonBodyTests
{
    [Theory]
    [InlineData("  \r\n\t{", true)]
    [InlineData("[1]", true)]
    [InlineData("\"text\"", true)]
    [InlineData("\uFEFF {}", true)]
    [InlineData("a=b", false)]
    [InlineData("   ", false)]
    [InlineData("", false)]
    public void LooksLikeJson_ByItsFirstByte(string text, bool expected) =>
        Assert.Equal(expected, JsonBody.LooksLikeJson(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Locate_ManyValuesUnderAnEndlessKey_HaveNoPointer()
    {
        const int Values = 50_000;
        var json = Encoding.UTF8.GetBytes($"{{\"{new string('k', 1_000_000)}\":[{string.Join(',', Enumerable.Repeat("\"x\"", Values))}]}}");
        var first = json.AsSpan().IndexOf("\"x\""u8) + 1;

        var places = JsonBody.Locate(json, [.. Enumerable.Range(0, Values).Select(i => first + (4 * i))]);

        Assert.All(places, place => Assert.Equal(JsonPlace.TooDeepToName, place.Pointer));
    }

    [Fact]
    public void Locate_ManyValuesUnderALongPath_HaveNoPointerAnyMore()
    {
        const int Values = 50_000;
        var json = Encoding.UTF8.GetBytes($"{{\"{new string('k', 1000)}\":[{string.Join(',', Enumerable.Repeat("\"x\"", Values))}]}}");
        var first = json.AsSpan().IndexOf("\"x\""u8) + 1;

        var places = JsonBody.Locate(json, [.. Enumerable.Range(0, Values).Select(i => first + (4 * i))]);

        Assert.EndsWith("k/99", places[99].Pointer, StringComparison.Ordinal);
        Assert.Equal(JsonPlace.TooDeepToName, places[^1].Pointer);
        Assert.InRange(places.Sum(place => (long)place.Pointer.Length), 1, 2 * 1024 * 1024);
    }

    [Theory]
    [InlineData("""{"a":{"a":1,"b":{"a":[{"a":2},{"a":3}]}}}""", JsonDefect.None)]
    [InlineData("\"text\"", JsonDefect.None)]
    [InlineData("""{"\ud83d\ude00":"\ud83d\ude00"}""", JsonDefect.None)]
    [InlineData("""{"a":1,"b":2,"a":3}""", JsonDefect.DuplicateKey)]
    [InlineData("""{"a":1,"\u0061":3}""", JsonDefect.DuplicateKey)]
    [InlineData("""[{"x":{"k":1,"k":1}}]""", JsonDefect.DuplicateKey)]
    [InlineData("""{"a":1}{"b":2}""", JsonDefect.NotJson)]
    [InlineData("""{"a":1,}""", JsonDefect.NotJson)]
    [InlineData("""{"a":1} // c""", JsonDefect.NotJson)]
    [InlineData("""{"a":01}""", JsonDefect.NotJson)]
    [InlineData("""{"a":NaN}""", JsonDefect.NotJson)]
    [InlineData("""{'a':1}""", JsonDefect.NotJson)]
    [InlineData("", JsonDefect.NotJson)]
    [InlineData("""{"a":"\ud83d"}""", JsonDefect.InvalidUtf8)]
    [InlineData("""{"\ude00":1}""", JsonDefect.InvalidUtf8)]
    [InlineData("\uFEFF{}", JsonDefect.ByteOrderMark)]
    public void Check_NamesWhatIsWrong(string json, JsonDefect expected) => Assert.Equal(expected, JsonBody.Check(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Check_BytesThatAreNotUtf8_Refuses() => Assert.Equal(JsonDefect.InvalidUtf8, JsonBody.Check([(byte)'"', 0xC0, 0xAF, (byte)'"']));

    [Theory]
    [InlineData(128, JsonDefect.None)]
    [InlineData(129, JsonDefect.TooDeep)]
    [InlineData(100_000, JsonDefect.TooDeep)]
    public void Check_Depth_IsBounded(int depth, JsonDefect expected) =>
        Assert.Equal(expected, JsonBody.Check(Encoding.ASCII.GetBytes(new string('[', depth) + new string(']', depth))));

    [Fact]
    public void Check_ManyDifferentShortKeys_AreNotTakenForDuplicates()
    {
        var keys = Enumerable.Range(0, 256).SelectMany(i => new[] { $"{(char)i}", $"{(char)i}\0", $"\0{(char)i}", new string((char)i, 8), new string((char)i, 9) });
        var json = JsonSerializer.SerializeToUtf8Bytes(keys.Append("").Distinct().ToDictionary(key => key, _ => 1));

        Assert.Equal(JsonDefect.None, JsonBody.Check(json));
    }

    [Fact]
    public void Check_AgreesWithTheSerializerThatForbidsDuplicates() =>
        Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>[]>(keys =>
        {
            var json = "{" + string.Join(',', keys.Select((key, i) => $"{JsonSerializer.Serialize(key.Get)}:{i}")) + "}";
            var expected = keys.Select(key => JsonSerializer.Serialize(key.Get)).Distinct().Count() < keys.Length ? JsonDefect.DuplicateKey : JsonDefect.None;
            return JsonBody.Check(Encoding.UTF8.GetBytes(json)) == expected;
        }));

    [Fact]
    public void Locate_EveryOffset_NamesTheValueThatItStandsIn()
    {
        var json = """{"a/b":{"~":[10,"text",{"k":true}]},"last":"end"}"""u8.ToArray();
        var expected = new Dictionary<string, (string Pointer, bool IsKey)>
        {
            ["a/b"] = ("/a~1b", true),
            ["10"] = ("/a~1b/~0/0", false),
            ["text"] = ("/a~1b/~0/1", false),
            ["true"] = ("/a~1b/~0/2/k", false),
            ["last"] = ("/last", true),
            ["end"] = ("/last", false),
        };

        var places = JsonBody.Locate(json, [.. Enumerable.Range(0, json.Length)]);

        Assert.Equal(json.Length, places.Count);
        foreach (var (text, (pointer, isKey)) in expected)
        {
            var start = Encoding.ASCII.GetString(json).IndexOf(text, StringComparison.Ordinal);
            for (var i = 0; i < text.Length; i++)
            {
                var place = places[start + i];
                Assert.Equal((pointer, isKey, start, text.Length), (place.Pointer, place.IsKey, place.ValueStart, place.ValueLength));
            }
        }

        Assert.True(places[Encoding.ASCII.GetString(json).IndexOf("text", StringComparison.Ordinal)].IsWholeString);
        Assert.False(places[Encoding.ASCII.GetString(json).IndexOf("10", StringComparison.Ordinal)].IsWholeString);
        Assert.Equal(("", 0), (places[0].Pointer, places[0].ValueLength));
    }

    [Theory]
    [InlineData("""{"type":"thinking","thinking":"t","signature":"HERE"}""", true)]
    [InlineData("""{"signature":"HERE","thinking":"t","type":"thinking"}""", true)]
    [InlineData("""{"type":"thinking","thinking":"HERE","signature":"s"}""", true)]
    [InlineData("""{"thinking":"HERE","type":"enabled"}""", false)]
    [InlineData("""{"type":"redacted_thinking","data":"HERE"}""", true)]
    [InlineData("""{"type":"reasoning","encrypted_content":"HERE"}""", true)]
    [InlineData("""{"parts":[{"text":"t","thoughtSignature":"HERE"}]}""", true)]
    [InlineData("""{"type":"tool_use","id":"HERE","name":"n","input":{}}""", true)]
    [InlineData("""{"type":"tool_result","tool_use_id":"HERE"}""", true)]
    [InlineData("""{"role":"tool","tool_call_id":"HERE"}""", true)]
    [InlineData("""{"id":"HERE","role":"assistant"}""", true)]
    [InlineData("""{"functionCall":{"id":"HERE","name":"n"}}""", true)]
    [InlineData("""{"source":{"type":"base64","media_type":"image/png","data":"HERE"}}""", true)]
    [InlineData("""{"inlineData":{"mimeType":"image/png","data":"HERE"}}""", true)]
    [InlineData("""{"image":{"format":"png","source":{"bytes":"HERE"}}}""", true)]
    [InlineData("""{"images":["HERE"]}""", true)]
    [InlineData("""{"image_url":{"url":"data:image/png;base64,HERE"}}""", true)]
    [InlineData("""{"reasoningContent":{"reasoningText":{"text":"t","signature":"HERE"}}}""", true)]
    [InlineData("""{"signature":"HERE"}""", false)]
    [InlineData("""{"data":"HERE"}""", false)]
    [InlineData("""{"id":"HERE","name":"n"}""", false)]
    [InlineData("""{"type":"tool_use","id":"x","input":{"key":"HERE"}}""", false)]
    [InlineData("""{"type":"text","text":"HERE"}""", false)]
    [InlineData("""{"url":"https://example.com/HERE"}""", false)]
    public void Locate_SignedPartsIdsAndMedia_AreProtected(string json, bool expected)
    {
        var place = Assert.Single(JsonBody.Locate(Encoding.UTF8.GetBytes(json), [json.IndexOf("HERE", StringComparison.Ordinal)]));

        Assert.Equal(expected, place.IsProtected);
    }

    [Fact]
    public void Locate_BehindWhereTheTextIsNoJson_EverythingIsProtected()
    {
        var json = """{"a":"one",oops "two"}"""u8;

        var places = JsonBody.Locate(json, [6, 18]);

        Assert.Equal(("/a", false), (places[0].Pointer, places[0].IsProtected));
        Assert.True(places[1].IsProtected);
    }

    [Fact]
    public void LocateAndCheck_AnyBytes_NeverThrow() =>
        Check.QuickThrowOnFailure(Prop.ForAll<byte[], byte>((bytes, value) =>
        {
            byte[] json = [.. "{\"id\":\"x\",\"type\":\""u8, .. bytes, value, .. "\",\"data\":[1,\"y\"]}"u8];
            JsonBody.Check(json);
            return JsonBody.Locate(json, [.. Enumerable.Range(0, json.Length)]).Count == json.Length;
        }));
}
