using System.Globalization;
using System.Text;
using SecretsFirewall.Commands.Table;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Benchmarks;

/// <summary>Decisions a second on one core, under a policy of 200 rules: by processor time, medians of rounds that take turns.</summary>
internal sealed class QuickPolicy(TextWriter output)
{
    public const string Connect = "connect";
    public const string RequestByHost = "request, rules by host";
    public const string RequestForEveryHost = "request, rules for every host";
    public const string Denied = "request, rules for every host, denied";
    public const string Command = "tool call with a command, rules for every host";

    private const int RuleCount = 200;
    private const int Decisions = 50_000;
    private const int WarmUps = 3;
    private const int RoundCount = 9;

    public void Run()
    {
        output.WriteLine($"{RuleCount} rules; one core; processor time, medians of {RoundCount} interleaved rounds of {Decisions:N0} decisions");
        output.WriteLine();
        output.WriteLine("| question | decisions a second | bytes allocated by one |");
        output.WriteLine("|---|---|---|");
        var questions = Questions();
        var times = questions.ToDictionary(question => question.Name, _ => new List<double>());
        for (var round = -WarmUps; round < RoundCount; round++)
        {
            foreach (var (name, policy, facts) in questions)
            {
                var count = name == Command ? Decisions / 20 : Decisions;
                var start = Environment.CpuUsage.TotalTime;
                for (var i = 0; i < count; i++)
                {
                    policy.Decide(facts);
                }

                if (round >= 0)
                {
                    times[name].Add(count / (Environment.CpuUsage.TotalTime - start).TotalSeconds);
                }
            }
        }

        foreach (var (name, policy, facts) in questions)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            policy.Decide(facts);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {times[name].Order().ElementAt(RoundCount / 2):N0} | {allocated:N0} |"));
        }
    }

    public static IReadOnlyList<(string Name, PolicySnapshot Policy, PolicyFacts Facts)> Questions()
    {
        var byHost = Load(everyHost: false);
        var everyHost = Load(everyHost: true);
        return
        [
            (Connect, byHost, Facts("h7.example.com") with { On = PolicyStage.Connect }),
            (RequestByHost, byHost, Facts("h7.example.com")),
            (RequestForEveryHost, everyHost, Facts("h7.example.com")),
            (Denied, everyHost, Facts("other.example.net")),
            (Command, everyHost, Facts("h7.example.com") with { On = PolicyStage.ToolCall, Tool = "bash", Arguments = """{"command":"git status && npm test"}""" }),
        ];
    }

    private static PolicyFacts Facts(string host) => new()
    {
        On = PolicyStage.Request,
        Agent = "builder-7",
        Level = 2,
        Destination = new Destination("https", host, 443),
        Method = "POST",
        Path = "/v1/things/7/parts",
        BodyLength = 2_000,
        At = DateTimeOffset.UnixEpoch,
    };

    // As people write them: by host, by agent and method, by path; some refuse, some have exceptions. A tenth are about tool calls.
    private static PolicySnapshot Load(bool everyHost)
    {
        var rules = new StringBuilder();
        for (var i = 0; i < RuleCount; i++)
        {
            var host = everyHost ? "" : $"\"host\": {{ \"eq\": \"h{i % 50}.example.com\" }}, ";
            var (on, match) = (i % 10) switch
            {
                0 => ("tool_call", $"{{ \"tool\": {{ \"eq\": \"tool-{i}\" }}, \"agent\": {{ \"prefix\": \"builder\" }} }}"),
                < 5 => ("request", $"{{ {host}\"method\": {{ \"in\": [\"GET\", \"POST\"] }}, \"path\": {{ \"prefix\": \"/v{i}/\" }} }}"),
                < 8 => ("request", $"{{ {host}\"agent\": {{ \"in\": [\"builder-{i}\", \"tester-{i}\"] }}, \"method\": {{ \"eq\": \"DELETE\" }} }}"),
                _ => ("request", $"{{ {host}\"any\": [ {{ \"path\": {{ \"glob\": \"/v1/*/{i}/*\" }} }}, {{ \"level\": {{ \"gt\": 2 }} }} ] }}"),
            };
            rules.Append(CultureInfo.InvariantCulture, $"{{ \"id\": \"r{i:000}\", \"on\": \"{on}\", \"outcome\": \"{(i % 4 == 0 ? "deny" : "allow")}\", \"match\": {match}, \"reason\": \"r\" }},\n");
        }

        const string Row = """{ "registered": "mask", "rule": "mask", "entropy": "alert", "reference": "pass" }""";
        var text = $$"""
            {
              "schema": "policy/v1", "name": "bench", "revision": 1,
              "defaults": { "host": "deny", "tool": "allow", "reason": "r" },
              "destinations": [ { "id": "all", "kind": "tool", "under": ["example.com"] } ],
              "rules": [ {{rules}} { "id": "listed", "on": "request", "outcome": "allow", "match": { "listed": { "eq": true } } } ],
              "redaction": {
                "request": { "llm": {{Row}}, "tool": {{Row}}, "registry": {{Row}}, "other": {{Row}} },
                "response": { "llm": {{Row}}, "tool": {{Row}}, "registry": {{Row}}, "other": {{Row}} }
              }
            }
            """;
        return PolicyLoader.Load([new PolicyFile("bench.json", Encoding.UTF8.GetBytes(text))], out var errors, basis: Basis())
            ?? throw new InvalidOperationException(errors[0].ToString());
    }

    private static PolicyBasis Basis()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "commands");
        var table = CommandTableLoader.Load([.. Directory.GetFiles(folder, "*.json").Select(path => new CommandFile(path, File.ReadAllBytes(path)))], out var errors)
            ?? throw new InvalidOperationException(errors[0].ToString());
        return new PolicyBasis(table, new PolicyFile("tools.json", File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "tools.json"))));
    }
}
