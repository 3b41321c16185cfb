using System.Globalization;
using System.Text;
using SecretsFirewall.Cli.Bench.Report;
using SecretsFirewall.Cli.Bench.Runs;

namespace SecretsFirewall.Load.Report;

/// <summary>Other proxies beside us in one run, and what each of them does not do in it.</summary>
internal static class PeersReport
{
    private const string NotDone = """
        | in this run | sfw | mitmproxy | squid |
        |---|---|---|---|
        | ends TLS on both sides, verifies the upstream's chain | yes | yes | yes |
        | leaves | EC P-256 | RSA 2048 | EC P-256 |
        | to the upstream | HTTP/2 | HTTP/2 where the client speaks it; here HTTP/1.1 | HTTP/1.1 |
        | looks for secrets in what passes | 1,000 registered values and all rules, in every encoding | no | no |
        | masks, also over chunks and events | yes | no | no |
        | policy decides each exchange | yes | no | no |
        | gate on tool calls | no rule asks for it | no | no |
        | audit record before a byte leaves | yes, chained, handed to the kernel | no | no |
        | streams bodies | yes, open ends held back | yes, by an addon | yes |

        mitmproxy: `mitmdump` with one addon that sets the upstream's address and streams both bodies; no flow is kept or printed.
        squid: `ssl_bump bump all`, leaves from `security_file_certgen` (its processor time counts), the upstream by a hosts file, nothing cached, no access log.
        All of it stands in `bench/peers`.
        """;

    public static string Write(LoadResults results)
    {
        var text = new StringBuilder();
        var machine = results.Machine;
        Line(text, $"# Beside other proxies");
        Line(text, $"");
        Line(text, $"{results.StartedAt:yyyy-MM-dd HH:mm} UTC, {results.Rounds} rounds in {results.Took.TotalMinutes:F1} min; {machine.Processor}, {machine.Cores} cores, {machine.MemoryGb} GB; {machine.System}; {machine.Runtime}; {string.Join("; ", results.PeerVersions.Values)}; seed {results.Options.Seed}; {results.Options.Secrets:N0} secrets registered with us; configuration {results.ConfigHash[..12]}.");
        Line(text, $"");
        Line(text, $"`bench/peers/install && dotnet run -c Release --project bench/load -- --peers{(results.Options.Name == "full" ? " --full" : "")}`");
        Line(text, $"");
        Line(text, $"Read along a line: all were measured in turn, in the same rounds. Processor time is the proxy's, with that of the processes it started.");
        Line(text, $"");
        MarkdownReport.WriteMedians(text, results, [Subject.Direct, Subject.Relay, Subject.Firewall, .. results.PeerVersions.Keys]);
        Line(text, $"");
        text.Append(NotDone.ReplaceLineEndings("\n")).Append('\n');
        foreach (var failure in results.Failures)
        {
            Line(text, $"");
            Line(text, $"**No figure:** {failure}");
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
