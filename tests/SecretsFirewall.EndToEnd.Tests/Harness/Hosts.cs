namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>The names that tests speak to. All lead to the recording upstream; the policy makes the difference.</summary>
internal static class Hosts
{
    /// <summary>A model provider.</summary>
    public const string OpenAi = "api.openai.com";

    /// <summary>A model provider.</summary>
    public const string Anthropic = "api.anthropic.com";

    /// <summary>A tool's API, over HTTP/2.</summary>
    public const string Tool = "api.github.com";

    /// <summary>Another tool, whose upstream speaks HTTP/1.1 only: its bytes can be read on the wire.</summary>
    public const string Http1Tool = "slack.com";

    /// <summary>Version control.</summary>
    public const string Git = "github.com";

    /// <summary>In no list.</summary>
    public const string Unlisted = "www.example.net";

    public static IReadOnlyList<string> All { get; } = [OpenAi, Anthropic, Tool, Http1Tool, Git, Unlisted];
}
