using System.Text.Json.Nodes;
using SecretsFirewall.Cli.Bench;
using SecretsFirewall.Cli.Bench.Client;
using SecretsFirewall.Cli.Bench.Processes;

namespace SecretsFirewall.Load.Scale;

/// <summary>All axes, and how a home comes to be so large.</summary>
internal static class ScaleAxes
{
    private const long Megabyte = 1_000_000;

    public static IReadOnlyList<ScaleAxis> All { get; } =
    [
        new("streams", "Open streams", "streams", [10, 100, 1_000, 5_000], "Streamed answers that said one word and stay open, over HTTP/2 to the upstream, while others exchange.")
        {
            Streams = static size => (int)size,
        },
        new("secrets", "Registered secrets", "secrets", [10, 100, 1_000, 10_000, 100_000], "Made-up values of 24 to 40 characters, imported by the command line.")
        {
            Options = static (options, size) => options with { Secrets = (int)size },
        },
        new("rules", "Detection rules", "rules", [50, 200, 460, 1_000], "Up to 460: shipped ones, the others switched off evenly. Beyond: all that are shipped, and rules of one's own with a prefix each.")
        {
            Basis = static size => BenchBasis.Shipped with { Fill = home => PolicyFiles.WithRules(home, (int)size) },
        },
        new("policy", "Policy rules", "rules", [10, 100, 500, 2_000], "Beside those of policy `default`; none decides the exchange. Four of five name a host, as people write them; one of five is asked for every host.")
        {
            Basis = static size => BenchBasis.Shipped with { Fill = home => PolicyFiles.WithPolicy(home, (int)size) },
        },
        new("audit", "Audit log", "MB", [0, 100, 1_000, 10_000], "Segments of 64 MB: the first and the last are real, those between are sparse files of the same names and sizes.")
        {
            Basis = static size => BenchBasis.Shipped with
            {
                Configuration = new JsonObject { ["audit"] = new JsonObject { ["total"] = "64GiB" } },
                Fill = home => AuditFiles.Fill(home, size * Megabyte),
            },
        },
        new("conversation", "Length of a conversation", "messages", [1, 10, 100, 1_000], "A prompt with its whole history, as models are sent it: questions, tool calls and results of 1 KB. Beside the relay that carries the same bytes.")
        {
            Job = static (job, size) => job with { Host = BenchHosts.Default.Model, Request = RequestKind.Conversation, Size = size, Connections = 4, Count = (int)(400 / (1 + (size / 50))) },
        },
    ];
}
