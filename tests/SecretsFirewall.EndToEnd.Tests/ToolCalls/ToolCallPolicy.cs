namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>What the conversations are held under: <c>read_file</c> is allowed, <c>send_mail</c> answered with what to do instead, and everything else denied.</summary>
internal static class ToolCallPolicy
{
    public const string Good = "read_file";
    public const string Steered = "send_mail";
    public const string Bad = "delete_everything";

    public const string Text = """
        {
          "schema": "policy/v1",
          "rules": [
            { "id": "reading", "on": "tool_call", "outcome": "allow", "match": { "tool": { "eq": "read_file" } } },
            { "id": "no-mail", "on": "tool_call", "outcome": "steer", "match": { "tool": { "eq": "send_mail" } }, "reason": "Mail is not sent.", "advice": "Write a draft into /tmp instead." }
          ]
        }
        """;
}
