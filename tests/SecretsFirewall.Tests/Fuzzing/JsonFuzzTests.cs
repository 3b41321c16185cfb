using System.Text;
using System.Text.Json;
using SecretsFirewall.Protocols;
using SecretsFirewall.Tests.Listener;

namespace SecretsFirewall.Tests.Fuzzing;

/// <summary>Damaged JSON: what we rely on is what the platform's strict parser reads too, and every offset has a place within the text.</summary>
public sealed class JsonFuzzTests
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = JsonBody.MaxDepth };

    private static readonly byte[][] Bodies =
    [
        "{\"a\":{\"b\":[1,-2.5e3,true,null,{\"a\":\"x\"}],\"c\\u0061\":\"\\ud83d\\ude00\"},\"ca\":\"\"}"u8.ToArray(),
        "{\"jsonrpc\":\"2.0\",\"id\":\"call-7\",\"method\":\"tools/call\",\"params\":{\"name\":\"t\",\"arguments\":{\"k\":\"SECRET_REF(nobody)\"}}}"u8.ToArray(),
        "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"AAAA\"}}]}]}"u8.ToArray(),
        "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}]"u8.ToArray(),
        "[[[[[[\"gr\u00F6\u00DFe\"]]]]]]"u8.ToArray(),
    ];

    [Fact]
    public void Check_DamagedBodies_AgreesWithThePlatformsStrictParser()
    {
        var random = new Random(20_261_121);
        for (var round = FuzzRounds.Or(20_000); round > 0; round--)
        {
            var json = Mutations.Of(Bodies[random.Next(Bodies.Length)], random);

            var isSound = JsonBody.Check(json) is JsonDefect.None;

            Assert.False(isSound && !IsStrictJson(json), Convert.ToHexString(json));
        }
    }

    [Fact]
    public void Locate_DamagedBodies_HasAPlaceWithinTheTextForEachOffset()
    {
        var random = new Random(20_261_121);
        for (var round = FuzzRounds.Or(3_000); round > 0; round--)
        {
            var json = Mutations.Of(Bodies[random.Next(Bodies.Length)], random);

            var places = JsonBody.Locate(json, [.. Enumerable.Range(0, json.Length)]);

            Assert.Equal(json.Length, places.Count);
            Assert.All(places, place => Assert.InRange(place.ValueStart + place.ValueLength, place.ValueLength, json.Length));
        }
    }

    [Fact]
    public void Recognise_DamagedBodies_NeverThrows()
    {
        var random = new Random(20_261_121);
        for (var round = FuzzRounds.Or(20_000); round > 0; round--)
        {
            var json = Mutations.Of(Bodies[random.Next(Bodies.Length)], random);
            var path = Encoding.Latin1.GetString(Mutations.Of("/v1beta/models/m%2Fn:streamGenerateContent"u8.ToArray(), random));

            Assert.NotNull(TrafficRecogniser.Recognise("POST", path, json));
        }
    }

    private static bool IsStrictJson(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
