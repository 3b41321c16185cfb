namespace SecretsFirewall.EndToEnd.Tests.Mcp;

internal static class McpPolicy
{
    public const string Text = """
        {
          "schema": "policy/v1",
          "mcp": { "pin": true },
          "rules": [
            { "id": "reading", "on": "mcp_call", "outcome": "allow", "match": { "tool": { "in": ["read_config", "search"] } } },
            { "id": "no-pay", "on": "mcp_call", "outcome": "steer", "match": { "tool": { "eq": "search" }, "arguments": { "contains_any": ["salary"] } },
              "reason": "Pay is nobody's business.", "advice": "Ask the people team." },
            { "id": "ask-first", "on": "mcp_call", "outcome": "pending", "match": { "tool": { "eq": "write" } }, "reason": "Somebody reads it first." },
            { "id": "pinned", "on": "mcp_call", "outcome": "allow", "match": { "tool": { "prefix": "pinned" } } },
            { "id": "no-system-files", "on": "mcp_call", "outcome": "deny", "match": { "mcp_method": { "eq": "resources/read" }, "tool": { "prefix": "file:///etc" } }, "reason": "Not these." },
            { "id": "no-sampling", "on": "mcp_call", "outcome": "deny", "match": { "mcp_method": { "eq": "sampling/createMessage" } }, "reason": "The server may not ask the model." }
          ]
        }
        """;
}
