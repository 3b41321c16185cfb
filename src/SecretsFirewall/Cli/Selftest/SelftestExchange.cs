using System.Net;
using System.Net.Http.Headers;
using System.Text;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Demo;

namespace SecretsFirewall.Cli.Selftest;

/// <summary>What one request of the self-test came to.</summary>
/// <param name="Received">What the upstream got; null if nothing.</param>
/// <param name="Code">Of a refusal, as the audit has it.</param>
/// <param name="Rule">What decided it.</param>
internal sealed record SelftestAnswer(HttpStatusCode Status, byte[] Body, ReceivedRequest? Received, string? Code, string? Rule)
{
    private static readonly string[] PolicyCodes = ["policy_denied", "host_denied", "steered", "approval_required"];

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Everything that the upstream got, in one text.</summary>
    public string ReceivedText => Received is null ? "" : $"{Received.Target}\n{string.Join('\n', Received.Headers.Select(static one => $"{one.Key}: {one.Value}"))}\n{Encoding.UTF8.GetString(Received.Body.Span)}";

    /// <summary>A rule of the policy refuses what the check needs to send: nothing is shown by it.</summary>
    public bool IsRefusedByPolicy => Received is null && Code is { } code && PolicyCodes.Contains(code);

    /// <summary>As a check tells of it.</summary>
    public string Said => Code is null ? $"status {(int)Status}" : $"{Code} by {Rule}";
}

/// <summary>The agent of the self-test, its upstream, and the log between them.</summary>
internal sealed class SelftestExchange(HttpClient agent, LoopbackUpstream upstream, string auditDirectory)
{
    public HttpClient Agent => agent;

    public async Task<SelftestAnswer> SendAsync(
        string method, string url, byte[]? body, CancellationToken cancellationToken, params (string Name, string Value)[] fields)
    {
        var before = upstream.Received.Count;
        using var message = new HttpRequestMessage(new HttpMethod(method), url);
        if (body is not null)
        {
            message.Content = new ByteArrayContent(body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        foreach (var (name, value) in fields)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await agent.SendAsync(message, cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var received = upstream.Received is { } all && all.Count > before ? all[^1] : null;
        var record = response.Headers.TryGetValues("X-SFW-Decision", out var ids) ? RecordOf(ids.First()) : null;
        return new SelftestAnswer(response.StatusCode, answer, received, record?.Code, record?.Rule);
    }

    public AuditRecord? RecordOf(string id) =>
        AuditReader.ReadLast(auditDirectory, 1, new AuditFilter(Exchange: id)) is [var entry] ? entry.Record : null;
}
