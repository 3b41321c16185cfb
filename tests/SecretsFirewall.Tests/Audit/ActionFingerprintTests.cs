using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Audit;

public sealed class ActionFingerprintTests
{
    private static readonly AgentIdentity Agent = new("agent", 1, MayBind: true, "session");
    private static readonly Destination Place = new("https", "api.example", 443);

    [Fact]
    public void OfRequest_IsTheHashOfTheCanonicalJson()
    {
        var expected = Hash("""{"agent":"agent","body_sha256":"00","bundle":"b","content_type":"text/plain","headers":{"x-a":["1","2"]},"host":"api.example","method":"POST","path":"/p","port":443,"query":"q=1","scheme":"https","session":"session"}""");

        Assert.Equal(expected, ActionFingerprint.OfRequest(Agent, "POST", Place, "/p?q=1", "text/plain", [("x-a", ["1", "2"])], "00", "b"));
    }

    [Fact]
    public void OfToolCall_IsTheHashOfTheCanonicalJson() => Assert.Equal(
        Hash("""{"agent":"agent","arguments":"{\"a\":1}","bundle":"b","tool":"t"}"""), ActionFingerprint.OfToolCall("agent", "t", """{"a":1}""", "b"));

    [Fact]
    public void OfRequest_AnyPartChanged_IsAnother()
    {
        string[] all =
        [
            Of(), Of(agent: Agent with { Name = "other" }), Of(agent: Agent with { Session = "s2" }), Of(method: "PUT"), Of(place: Place with { Host = "b.example" }),
            Of(place: Place with { Port = 444 }), Of(place: Place with { Scheme = "http" }), Of(target: "/p"), Of(target: "/p?"), Of(target: "/p/?q"), Of(target: "/p?q2"),
            Of(type: null), Of(type: "a/c"), Of(headers: []), Of(headers: [("x-a", ["2"])]), Of(headers: [("x-a", ["1", "1"])]), Of(body: "01"), Of(bundle: "c"),
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
    }

    private static string Of(
        AgentIdentity? agent = null, string method = "POST", Destination? place = null, string target = "/p?q", string? type = "a/b",
        IReadOnlyList<(string, string?[])>? headers = null, string body = "00", string bundle = "b") =>
        ActionFingerprint.OfRequest(agent ?? Agent, method, place ?? Place, target, type, headers ?? [("x-a", ["1"])], body, bundle);

    private static string Hash(string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));
}
