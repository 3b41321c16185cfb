using System.ComponentModel;

namespace SecretsFirewall.Policy.Documents;

internal sealed record McpDocument
{
    [Description("true: the description of each tool is kept when it is first listed. A tool whose description changes is in no list and cannot be called until the operator says: sfw mcp approve HOST TOOL.")]
    public bool Pin { get; init; }
}
