using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Demo;

/// <summary>One request as its sender wrote it.</summary>
internal sealed record DemoRequest(string Method, string Url, string? Authorization, string Body);

/// <summary>One request as its sender wrote it, what arrived, and what came back.</summary>
/// <param name="Received">Null if nothing arrived.</param>
internal sealed record DemoExchange(DemoRequest Sent, ReceivedRequest? Received, int Status, string Answer);

/// <summary>What the demo observed, and nothing that it assumes: each claim is read from what the two upstreams and the agent received.</summary>
/// <param name="FakeValue">The planted value. It is random, belongs to nothing and dies with the run, which is why it may be shown.</param>
internal sealed record DemoReport(SecretName Secret, string FakeValue, DemoExchange Model, DemoExchange Tool, IReadOnlyList<string> Audit)
{
    // It is read by people and jq, not put into a page: quotes within the bodies stay legible.
    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private string Reference => $"SECRET_REF({Secret})";

    /// <summary>The model was told the name where the agent wrote the value.</summary>
    public bool Masked => Model is { Status: 200, Received: { } received } && Holds(received.Everything(), Reference);

    /// <summary>The tool was given the value where the agent wrote the name.</summary>
    public bool Bound => Tool is { Status: 200, Received: { } received } && received.Header("Authorization") == $"Bearer {FakeValue}";

    /// <summary>The tool repeated the value in its answer, and the agent read the name.</summary>
    public bool MaskedInAnswer => Tool.Status == 200 && Holds(Tool.Answer, Reference);

    /// <summary>The audit tells of both exchanges and never of the value.</summary>
    public bool Audited => Audit.Count >= 2 && !Audit.Any(line => line.Contains(FakeValue, StringComparison.Ordinal));

    public bool Succeeded => Masked && Bound && MaskedInAnswer && Audited;

    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            secret = new { name = Secret.Value, value = FakeValue, fake = true },
            observed = new { masked = Masked, bound = Bound, masked_in_answer = MaskedInAnswer, audited = Audited },
            model = Describe(Model),
            tool = Describe(Tool),
            audit = Audit.Select(line => JsonDocument.Parse(line).RootElement),
        },
        JsonOptions);

    private bool Holds(string text, string expected) =>
        text.Contains(expected, StringComparison.Ordinal) && !text.Contains(FakeValue, StringComparison.Ordinal);

    private static object Describe(DemoExchange exchange) => new
    {
        sent = exchange.Sent,
        received = exchange.Received is { } r
            ? new { r.Method, r.Host, r.Target, authorization = r.Header("Authorization"), body = r.BodyText }
            : null,
        exchange.Status,
        exchange.Answer,
    };
}
