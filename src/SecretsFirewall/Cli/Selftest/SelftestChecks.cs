using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Recorded;
using SecretsFirewall.Cli.Running;
using SecretsFirewall.Cli.Scanning;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>The checks, each by itself. What a check needs and the policy refuses is skipped, and says so.</summary>
internal sealed class SelftestChecks(SelftestExchange exchange, SelftestScript script, SelftestHome home, SelftestHosts hosts, PolicyInHand policy, RunningFirewall running)
{
    // One request with all of them would be one finding after another in each other's context.
    private const int RulesAtOnce = 16;

    private static readonly byte[] Lead = "It says: "u8.ToArray();

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly (SelftestState, string) Passed = (SelftestState.Passed, "");

    public IEnumerable<(int Invariant, string Name, Func<CancellationToken, Task<(SelftestState State, string Detail)>> Check)> All =>
    [
        .. ValueSpellings.Of(home.Value).Select(one => (1, $"a registered value toward a model is masked {one.Name}", Spelling(one.Written))),
        (1, "every shipped detection rule is looked for", _ => Task.FromResult(RulesAreOn())),
        (1, "what detection rules find toward a model is masked", RulesMaskAsync),
        (1, "a reference becomes its value at its bound place, and the echo is masked", BindsAsync),
        (1, "a reference anywhere else is refused", UnboundAsync),
        (1, "a reference toward a model stays a reference", ModelKeepsReferenceAsync),
        (1, "no record and no log holds the value", NothingWrittenAsync),
        (2, "a body that cannot be read is refused", UnreadableAsync),
        (2, "a path with two readings is refused", TwoReadingsAsync),
        (3, "bytes outside a finding are identical", IdenticalAsync),
        (4, "the first byte of an answer arrives before its last is sent", StreamsAsync),
        (5, "the record of intent is there before the upstream is asked", IntentFirstAsync),
        (6, "the admin plane is not reached through the proxy", AdminAsync),
        (6, "a policy that refuses, refuses", _ => Task.FromResult(Enforces())),
    ];

    private Func<CancellationToken, Task<(SelftestState, string)>> Spelling(string written) => async stop =>
    {
        if (hosts.Model is null)
        {
            return NoHost("model");
        }

        var answer = await exchange.SendAsync("POST", $"https://{hosts.Model}/v1/messages", Prompt([$"\"The token is {written} - what is it for?\""]), stop);
        return Skipped(answer)
            ?? (answer.Received is null ? Failed($"The request was not forwarded: {answer.Said}.")
            : answer.ReceivedText.Contains(written[8..^8], StringComparison.Ordinal) || answer.ReceivedText.Contains(home.Value, StringComparison.Ordinal) ? Failed("The model received the value.")
            : answer.ReceivedText.Contains("SECRET_REF", StringComparison.Ordinal) || IsHidden(written) ? Passed
            : Failed("The model received neither the value nor its reference."));
    };

    /// <summary>In another encoding the reference is encoded as well.</summary>
    private bool IsHidden(string written) => written != home.Value;

    private (SelftestState, string) RulesAreOn()
    {
        var on = running.Firewall.Policy.Loaded.Rules.Select(static rule => rule.Id).ToHashSet(StringComparer.Ordinal);
        var off = ShippedRules.Set.Enabled.Select(static rule => rule.Id).Where(id => !on.Contains(id)).ToList();
        return off.Count == 0 ? Passed : Failed($"Switched off by the policy (detection.off): {string.Join(", ", off)}.");
    }

    private async Task<(SelftestState, string)> RulesMaskAsync(CancellationToken stop)
    {
        if (hosts.Model is null)
        {
            return NoHost("model");
        }

        var plan = policy.Snapshot.Decide(new PolicyFacts { Agent = SelftestHome.Agent, On = PolicyStage.Request, Destination = new Destination("https", hosts.Model, 443), Method = "POST", Path = "/v1/messages", At = TimeProvider.System.GetUtcNow() }).RequestPlan;
        var lax = running.Firewall.Policy.Loaded.Rules.Where(rule => plan.For(rule.Finds, rule.Id, default) is FindingAction.Alert or FindingAction.Pass).Select(static rule => rule.Id).ToHashSet(StringComparer.Ordinal);
        var leaks = new List<string>(lax.Order(StringComparer.Ordinal).Select(static id => $"{id} (the policy only alerts or passes)"));
        var tried = 0;
        foreach (var batch in Samples().Where(one => !lax.Contains(one.Rule)).Chunk(RulesAtOnce))
        {
            var answer = await exchange.SendAsync("POST", $"https://{hosts.Model}/v1/messages", Prompt([.. batch.Select(static one => JsonSerializer.Serialize(Encoding.ASCII.GetString(Lead) + one.Value, Relaxed))]), stop);
            if (Skipped(answer) is { } skipped)
            {
                return skipped;
            }

            tried += batch.Length;
            leaks.AddRange(batch.Where(one => answer.ReceivedText.Contains(JsonSerializer.Serialize(one.Value, Relaxed).Trim('"'), StringComparison.Ordinal)).Select(static one => one.Rule));
        }

        return leaks.Count > 0 ? Failed($"Not masked: {string.Join(", ", leaks)}.")
            : tried > 0 ? (SelftestState.Passed, string.Create(CultureInfo.InvariantCulture, $"{tried} token formats tried."))
            : Failed("No token was tried.");
    }

    /// <summary>Of the rules that know their tokens without a word before them: a made-up token, which the rule itself finds in such a sentence.</summary>
    private static IEnumerable<(string Rule, string Value)> Samples()
    {
        foreach (var rule in ShippedRules.Set.Enabled)
        {
            if (rule.MakeSecret() is { } made && RuleTrial.Run([rule], [.. Lead, .. made]).Any(found => found.Reason is Suppression.None && (found.Start, found.Length) == (Lead.Length, made.Length)))
            {
                yield return (rule.Id, Encoding.UTF8.GetString(made));
            }
        }
    }

    private async Task<(SelftestState, string)> BindsAsync(CancellationToken stop)
    {
        if (hosts.Tool is null)
        {
            return NoHost("tool");
        }

        var answer = await exchange.SendAsync("POST", $"https://{hosts.Tool}/selftest", "{}"u8.ToArray(), stop, ("Authorization", $"Bearer SECRET_REF({home.Secret})"));
        return Skipped(answer)
            ?? (answer.Received is not { } received ? Failed($"The request was not forwarded: {answer.Said}.")
            : !received.Headers.Any(field => field.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && field.Value == $"Bearer {home.Value}") ? Failed("The tool did not receive the value in its place.")
            : answer.Text.Contains(home.Value, StringComparison.Ordinal) ? Failed("The agent received the value in the answer.")
            : Passed);
    }

    private async Task<(SelftestState, string)> UnboundAsync(CancellationToken stop)
    {
        if (hosts.Tool is null)
        {
            return NoHost("tool");
        }

        var answer = await exchange.SendAsync("POST", $"https://{hosts.Tool}/selftest", "{}"u8.ToArray(), stop, ("X-Other", $"SECRET_REF({home.Secret})"));
        return answer.ReceivedText.Contains(home.Value, StringComparison.Ordinal) ? Failed("The value was bound in a place that no binding names.")
            : Skipped(answer) ?? (answer.Received is null && answer.Code == "unbound_ref" ? Passed : Failed($"It was not refused as unbound_ref: {answer.Said}."));
    }

    private async Task<(SelftestState, string)> ModelKeepsReferenceAsync(CancellationToken stop)
    {
        if (hosts.Model is null)
        {
            return NoHost("model");
        }

        var answer = await exchange.SendAsync("POST", $"https://{hosts.Model}/v1/messages", Prompt([$"\"Use SECRET_REF({home.Secret}).\""]), stop);
        return answer.ReceivedText.Contains(home.Value, StringComparison.Ordinal) ? Failed("The value was bound into a prompt.")
            : Skipped(answer) ?? (answer.Received is null || answer.ReceivedText.Contains($"SECRET_REF({home.Secret})", StringComparison.Ordinal) ? Passed : Failed("The reference did not arrive as it was written."));
    }

    private Task<(SelftestState, string)> NothingWrittenAsync(CancellationToken stop) => Task.Run(
        () =>
        {
            var value = Encoding.ASCII.GetBytes(home.Value);
            foreach (var path in new[] { home.Home.AuditDirectory, home.Home.LogDirectory }.SelectMany(static folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)))
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var content = new byte[file.Length];
                file.ReadExactly(content);
                if (content.AsSpan().IndexOf(value) >= 0)
                {
                    return Failed($"{Path.GetFileName(path)} holds it.");
                }
            }

            return Passed;
        },
        stop);

    private async Task<(SelftestState, string)> UnreadableAsync(CancellationToken stop)
    {
        if ((hosts.Model ?? hosts.Tool) is not { } host)
        {
            return NoHost("destination");
        }

        var answer = await exchange.SendAsync("POST", $"https://{host}{(hosts.Model is null ? "/selftest" : "/v1/messages")}", Prompt(["\"Hello.\""]), stop, ("Content-Encoding", "x-selftest"));
        return answer.Received is not null ? Failed("It was forwarded.") : Skipped(answer) ?? (answer.Code == "uninspectable" ? Passed : Failed($"It was refused otherwise: {answer.Said}."));
    }

    private async Task<(SelftestState, string)> TwoReadingsAsync(CancellationToken stop)
    {
        if (hosts.Tool is null)
        {
            return NoHost("tool");
        }

        var answer = await exchange.SendAsync("GET", $"https://{hosts.Tool}/selftest/..%2fadmin", null, stop);
        return answer.Received is not null ? Failed("It was forwarded.") : Skipped(answer) ?? (answer.Code == "bypass_attempt" ? Passed : Failed($"It was refused otherwise: {answer.Said}."));
    }

    private async Task<(SelftestState, string)> IdenticalAsync(CancellationToken stop)
    {
        if (hosts.Tool is null)
        {
            return NoHost("tool");
        }

        var body = "{ \"z\":1,\t\"text\" : \"caf\\u00e9 \\/ \u00e9\",\r\n \"number\": 1.50e+3, \"list\":[ ] }"u8.ToArray();
        var answer = await exchange.SendAsync("POST", $"https://{hosts.Tool}/selftest", body, stop);
        return Skipped(answer)
            ?? (answer.Received is not { } received ? Failed($"The request was not forwarded: {answer.Said}.")
            : received.Body.Span.SequenceEqual(body) ? Passed : Failed("The upstream received other bytes."));
    }

    private async Task<(SelftestState, string)> StreamsAsync(CancellationToken stop)
    {
        if (hosts.Tool is null)
        {
            return NoHost("tool");
        }

        using var response = await exchange.Agent.GetAsync($"https://{hosts.Tool}{SelftestScript.Stream}", HttpCompletionOption.ResponseHeadersRead, stop);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var refused = response.Headers.TryGetValues("X-SFW-Decision", out var ids) ? exchange.RecordOf(ids.First()) : null;
            var answer = new SelftestAnswer(response.StatusCode, [], null, refused?.Code, refused?.Rule);
            return Skipped(answer) ?? Failed($"The request was not forwarded: {answer.Said}.");
        }

        await using var body = await response.Content.ReadAsStreamAsync(stop);
        using var reader = new StreamReader(body);
        await reader.ReadLineAsync(stop);
        script.FirstArrived();
        return (await reader.ReadToEndAsync(stop)).Contains("in time", StringComparison.Ordinal) ? Passed : Failed("The answer came only once it was complete.");
    }

    private async Task<(SelftestState, string)> IntentFirstAsync(CancellationToken stop)
    {
        if (hosts.Tool is null)
        {
            return NoHost("tool");
        }

        var answer = await exchange.SendAsync("POST", $"https://{hosts.Tool}{SelftestScript.Intent}", "{}"u8.ToArray(), stop);
        return Skipped(answer) ?? (script.SawIntent switch
        {
            true => Passed,
            false => Failed("The upstream was asked before the log said so."),
            null => Failed($"The request was not forwarded: {answer.Said}."),
        });
    }

    private async Task<(SelftestState, string)> AdminAsync(CancellationToken stop)
    {
        var answer = await exchange.SendAsync("GET", $"http://{running.Admin.EndPoint}/version", null, stop);
        if (answer.Status == HttpStatusCode.OK || answer.Code is null)
        {
            return Failed($"It answered: {answer.Said}.");
        }

        try
        {
            answer = await exchange.SendAsync("GET", $"https://{running.Admin.EndPoint}/version", null, stop);
            return answer.Code is null ? Failed($"It answered through a tunnel: {answer.Said}.") : Passed;
        }
        catch (HttpRequestException)
        {
            return Passed; // the tunnel was refused
        }
    }

    private (SelftestState, string) Enforces() =>
        policy.Snapshot.Mode is PolicyMode.Observe ? Failed("The policy only observes (mode: observe): it decides and records, and refuses nothing.") : Passed;

    private static byte[] Prompt(IEnumerable<string> contents) => Encoding.UTF8.GetBytes(
        $$"""{"model":"selftest","max_tokens":16,"messages":[{{string.Join(',', contents.Select(static content => $$"""{"role":"user","content":{{content}}}"""))}}]}""");

    private static (SelftestState, string) Failed(string detail) => (SelftestState.Failed, detail);

    private static (SelftestState, string) NoHost(string kind) => (SelftestState.Skipped, $"The policy lets no {kind} be reached by name.");

    private static (SelftestState State, string Detail)? Skipped(SelftestAnswer answer) =>
        answer.IsRefusedByPolicy ? (SelftestState.Skipped, $"The policy refuses the test's own request: {answer.Said}.") : null;
}
