using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>A model's host and a tool's that a policy lets the self-test's agent reach; null where there is none.</summary>
internal sealed record SelftestHosts(string? Model, string? Tool)
{
    private static readonly JsonDocumentOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 };

    /// <param name="preferred">Taken before others if the policy lists them.</param>
    public static SelftestHosts Of(IReadOnlyList<PolicyFile> files, PolicySnapshot policy, DateTimeOffset now, params IReadOnlyList<string> preferred)
    {
        var hosts = files.Select(file => JsonNode.Parse(file.Content.Span, null, Reading)).OfType<JsonObject>()
            .SelectMany(static root => (root["destinations"] as JsonArray ?? []).OfType<JsonObject>())
            .SelectMany(static one => (one["hosts"] as JsonArray ?? []).Select(host => host?.GetValue<string>()))
            .OfType<string>()
            .ToList();
        hosts.InsertRange(0, preferred.Where(hosts.Contains).ToList());
        return new SelftestHosts(First(DestinationKind.Llm, "/v1/messages"), First(DestinationKind.Tool, "/selftest"));

        string? First(DestinationKind kind, string path) =>
            hosts.Find(host => policy.KindOf(new Destination("https", host, 443)) == kind && Allows(policy, host, PolicyStage.Connect, path, now) && Allows(policy, host, PolicyStage.Request, path, now));
    }

    private static bool Allows(PolicySnapshot policy, string host, PolicyStage stage, string path, DateTimeOffset now) => policy.Decide(new PolicyFacts
    {
        On = stage,
        Agent = SelftestHome.Agent,
        Destination = new Destination("https", host, 443),
        Method = "POST",
        Path = path,
        BodyLength = 100,
        TrafficIsLlm = path == "/v1/messages",
        At = now,
    }).Outcome is PolicyOutcome.Allow;
}
