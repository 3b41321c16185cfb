using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Policies;

/// <summary>
/// A question turned into policy: an exception that lifts the rule that asks, for this agent, this place and this method or tool, until a day. Whoever reviews the
/// policy adds it; nothing is written here.
/// </summary>
internal static class ScopedRule
{
    private static readonly TimeSpan HoldsFor = TimeSpan.FromDays(30);

    private static readonly JsonWriterOptions Writing = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A file for the policy's folder.</summary>
    public static string Of(ApprovalReply approval, string owner, DateTimeOffset now)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output, Writing))
        {
            json.WriteStartObject();
            json.WriteString("schema", "policy/v1");
            json.WriteStartArray("exceptions");
            json.WriteStartObject();
            json.WriteString("id", $"agreed-{approval.Id[^8..]}");
            json.WriteString("rule", approval.Rule);
            json.WriteStartObject("match");
            Test(json, "agent", approval.Agent);
            if (approval.Tool is { } tool)
            {
                Test(json, "tool", tool);
            }
            else
            {
                var url = new Uri(approval.Destination);
                Test(json, "host", url.Host);
                Test(json, "method", approval.Method);
                Test(json, "path", approval.Target.Split('?')[0]);
            }

            json.WriteEndObject();
            json.WriteString("expires", DateOnly.FromDateTime((now + HoldsFor).UtcDateTime).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            json.WriteString("owner", owner);
            json.WriteString("reason", $"Agreed to as decision {approval.Id}.");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(output.ToArray());
    }

    private static void Test(Utf8JsonWriter json, string fact, string value)
    {
        json.WriteStartObject(fact);
        json.WriteString("eq", value);
        json.WriteEndObject();
    }
}
