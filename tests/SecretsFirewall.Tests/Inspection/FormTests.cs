using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsFirewall.Inspection.Detection;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection;

public class FormTests
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Values() => new(
        "Xk29fjwLQ0vmz81Tq7bN",
        "p4ss\"w\\rd/with+all<of>'it'&=`é~ü 中文 \U0001F511",
        "line one\nline two\r\n\ttab \u0001\u001f end 3",
        "postgres://user:p%40ss@db.example:5432/main?x=1",
        "-----BEGIN FAKE KEY-----\nMIIB+abc/def0123=\n-----END FAKE KEY-----\n",
        "allletterspassphrase",
        "12345678901");

    [Theory]
    [MemberData(nameof(Values))]
    public void Find_WhatCommonEncodersWrite_IsRegistered(string value)
    {
        var snapshot = Snapshot(("it", value));
        var json = JsonSerializer.Serialize(value)[1..^1];
        string[] written =
        [
            value,
            json,
            JsonSerializer.Serialize(json)[1..^1],
            JsonSerializer.Serialize(value, Relaxed)[1..^1],
            JsonSerializer.Serialize(json, Relaxed)[1..^1],
            Uri.EscapeDataString(value),
            WebUtility.UrlEncode(value),
            UrlEncoder.Default.Encode(value),
            Uri.EscapeDataString(value).Replace("%20", "+", StringComparison.Ordinal),
            Convert.ToHexString(Bytes(value)),
            Convert.ToHexStringLower(Bytes(value)),
            Convert.ToBase64String(Bytes(value)),
        ];
        foreach (var text in written)
        {
            var surrounded = $"{{\"k\": \"{text}\"}}";
            var masked = snapshot.MaskWhole(surrounded);
            Assert.DoesNotContain(text, masked, StringComparison.Ordinal);
            Assert.Single(snapshot.Find(Bytes(surrounded)));
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Find_EachFormSurroundedByEachNeighbour_ReportsExactlyItsRange(string value)
    {
        var snapshot = Snapshot(("it", value));
        foreach (var (form, alignment, bytes) in FormsOf(Bytes(value)))
        {
            foreach (var neighbour in (string[])["", "\"", " ", "\0", "\n"])
            {
                var text = Concat(Bytes(neighbour), bytes, Bytes(neighbour));
                var found = Assert.Single(snapshot.Find(text));
                Assert.Equal((neighbour.Length, bytes.Length), ((int)found.Start, found.Length));
                Assert.Equal((form, alignment, "it", "registry"), (found.Form, found.Alignment, found.Name.Value, found.Rule));
            }
        }
    }

    [Fact]
    public void FormsOf_AnAlphanumericValue_AreAtMostNine()
    {
        Assert.InRange(FormsOf(Bytes(Token(new Random(1), 40))).Count, 6, 9);
    }

    [Fact]
    public void FormsOf_Base64_DoNotDependOnNeighbours()
    {
        var value = Bytes(Token(new Random(2), 21));
        var random = new Random(3);
        foreach (var (form, alignment, bytes) in FormsOf(value).Where(form => form.Form == ValueForm.Base64))
        {
            for (var round = 0; round < 50; round++)
            {
                var before = new byte[alignment + (3 * random.Next(4))];
                var after = new byte[random.Next(7)];
                random.NextBytes(before);
                random.NextBytes(after);
                Assert.Contains(Encoding.ASCII.GetString(bytes), Convert.ToBase64String(Concat(before, value, after)), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void FormsOf_PhpPythonAndGsonStrings_AreThere()
    {
        var forms = FormsOf(Bytes("a/b é <=> 123")).Select(form => Encoding.UTF8.GetString(form.Bytes)).ToList();
        Assert.Contains("a\\/b \\u00e9 <=> 123", forms);
        Assert.Contains("a/b \\u00e9 <=> 123", forms);
        Assert.Contains("a/b é \\u003c\\u003d\\u003e 123", forms);
        Assert.Contains("a\\\\\\/b \\\\u00e9 <=> 123", forms);
    }
}
