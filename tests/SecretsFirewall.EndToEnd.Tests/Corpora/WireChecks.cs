using System.Text.Json;
using System.Text.RegularExpressions;
using SecretsFirewall.Audit;
using SecretsFirewall.EndToEnd.Tests.Harness;
using SecretsFirewall.EndToEnd.Tests.Upstreams;
using SecretsFirewall.Model;

namespace SecretsFirewall.EndToEnd.Tests.Corpora;

/// <summary>What every case is held against, whatever protocol the client speaks: what the upstream has seen, and what the audit says.</summary>
internal sealed partial class WireChecks(CorpusFixture firewall)
{
    private readonly List<string> _failures = [];
    private readonly List<(WireCase Case, IReadOnlyList<string> Answers)> _toAudit = [];
    private long _receivedBefore;

    private RecordingUpstream Upstream => firewall.Http1Upstream;

    public void Fail(WireCase one, string why) => _failures.Add($"{one.Id}: {why}");

    /// <summary>Runs one case; what it throws is its failure.</summary>
    public async Task RunAsync(WireCase one, Func<Task<IReadOnlyList<string>>> run)
    {
        Upstream.Reset();
        _receivedBefore = Upstream.ReceivedBytes;
        try
        {
            var answers = await run();
            await CheckUpstreamAsync(one);
            _toAudit.Add((one, answers));
        }
        catch (Exception e) when (e is IOException or TimeoutException or InvalidDataException or Xunit.Sdk.XunitException)
        {
            Fail(one, $"{e.GetType().Name} {e.Message}");
        }
    }

    /// <summary>Waits for the audit's records, holds each case against its own, and fails with all that went wrong.</summary>
    public async Task FinishAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Long);
        Dictionary<string, List<AuditRecord>> records;
        do
        {
            await Task.Yield();
            records = firewall.Audit().Select(entry => entry.Record)
                .Where(record => record.Agent is not null && record.Type is not AuditTypes.Intent)
                .GroupBy(record => record.Agent!).ToDictionary(group => group.Key, group => group.ToList());
        }
        while (_toAudit.Exists(pair => RecordsOf(pair.Case).Count < Expected(pair.Case, pair.Answers).Count) && !patience.IsCancellationRequested);

        foreach (var (one, answers) in _toAudit.Where(pair => !pair.Case.Flag("unidentified")))
        {
            var codes = RecordsOf(one).Select(record => record.Code ?? "-").ToList();
            var expected = Expected(one, answers).Select(CodeOf).ToList();
            if (one.Find("audit") is { ValueKind: JsonValueKind.String } ? codes.Count == 0 : codes.Count != expected.Count || codes.Zip(expected).Any(pair => pair.Second != "*" && pair.First != pair.Second))
            {
                Fail(one, $"the audit says [{string.Join(", ", codes)}] and not [{string.Join(", ", expected)}].");
            }

            if (RecordsOf(one).Exists(record => record.Code is "bypass_attempt" or "host_mismatch" && record.Type != AuditTypes.BypassAttempt))
            {
                Fail(one, "the audit does not call it a bypass attempt.");
            }

            if (RecordsOf(one).Exists(record => record.Code is not null && record.Verdict is not Verdict.Refused))
            {
                Fail(one, "the audit does not call it refused.");
            }
        }

        Assert.True(_failures.Count == 0, $"{_failures.Count} of the cases fail:\n{string.Join('\n', _failures)}");

        List<AuditRecord> RecordsOf(WireCase one) => records.GetValueOrDefault(one.Id, []);

        static IReadOnlyList<string> Expected(WireCase one, IReadOnlyList<string> answers) =>
            one.Flag("unidentified") ? [] : one.Find("audit") is null ? answers : one.Texts("audit");
    }

    /// <summary>True if an answer is what the case expects: <c>200</c>, <c>4xx</c>, or a status with the code that the body or the audit names.</summary>
    public static bool IsExpected(string expected, int status, string body)
    {
        var word = expected.Split(' ')[0];
        if (word == "4xx")
        {
            return status is >= 400 and < 500;
        }

        var code = expected.Length > word.Length ? expected[(word.Length + 1)..] : null;
        return $"{status}" == word && (code is null || body.Length == 0 || body.Contains(code, StringComparison.Ordinal));
    }

    private static string CodeOf(string answer) => answer.Split(' ') switch
    {
        ["4xx"] => "*",
        [_, var code] => code,
        _ => "-",
    };

    private async Task CheckUpstreamAsync(WireCase one)
    {
        var expected = one.Texts("upstream");
        var received = Upstream.ReceivedBytes - _receivedBefore - (one.Text("end") == "open" && Upstream.Requests is [.., var probe] ? probe.RawHead().Length : 0);
        if (expected.Count == 0 && received != 0)
        {
            Fail(one, $"the upstream received {received} bytes.");
        }

        var wanted = expected.Concat(one.Text("end") == "open" ? ["GET /probe "] : Array.Empty<string>()).ToList();
        var seen = new List<string>();
        foreach (var request in Upstream.Requests)
        {
            var end = await request.Ended.WaitAsync(Patience.Long);
            seen.Add(end is BodyEnd.Aborted ? $"(cut) {request.Method} {request.Target}" : $"{request.Method} {request.Target} {request.BodyText}");
        }

        if (!seen.SequenceEqual(wanted))
        {
            Fail(one, $"the upstream has seen [{string.Join(", ", seen.Select(Short))}] and not [{string.Join(", ", wanted.Select(Short))}].");
        }

        var heads = string.Concat(Upstream.Requests.Select(request => request.RawHead()));
        foreach (var missing in one.Texts("wire").Where(text => !heads.Contains(text, StringComparison.Ordinal)))
        {
            Fail(one, $"\"{missing.Trim()}\" did not reach the upstream.");
        }

        foreach (var leaked in one.Texts("wire-not").Where(text => heads.Contains(text, StringComparison.OrdinalIgnoreCase)))
        {
            Fail(one, $"\"{leaked.Trim()}\" reached the upstream.");
        }

        foreach (var request in Upstream.Requests)
        {
            CheckHead(one, request.RawHead());
        }
    }

    /// <summary>Whatever came in, what leaves has one reading.</summary>
    private void CheckHead(WireCase one, string head)
    {
        var lines = head[..^4].Split("\r\n");
        if (lines.Skip(1).Any(line => !Field().IsMatch(line)))
        {
            Fail(one, "a malformed field reached the upstream.");
        }

        var names = lines.Skip(1).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)].ToLowerInvariant()).ToList();
        if (names.Count(name => name is "content-length" or "transfer-encoding") > 1 || names.Count(name => name == "host") != 1)
        {
            Fail(one, "the upstream received two framings, or not one host.");
        }
    }

    private static string Short(string text) => text.Length > 80 ? text[..80] + "…" : text;

    [GeneratedRegex(@"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+: ?[\t\x20-\x7e\x80-\xff]*$")]
    private static partial Regex Field();
}
