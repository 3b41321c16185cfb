namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>The real clients that tests drive as child processes.</summary>
public enum Client
{
    Curl = 0,
    Git,
    PythonRequests,

    /// <summary>Node 24 or later, which honours <c>NODE_USE_ENV_PROXY</c>.</summary>
    Node,
    OpenAiSdk,
    AnthropicSdk,

    /// <summary>Google's SDK for Gemini.</summary>
    GoogleGenAi,

    /// <summary>Ollama's own package for Node.</summary>
    OllamaJs,

    /// <summary>Vercel's SDK, which many agents are made with; it reads the providers' formats by itself.</summary>
    VercelAi,

    /// <summary>MCP's own SDK for TypeScript.</summary>
    McpSdk,

    /// <summary>The package that most WebSocket clients on Node are made with.</summary>
    Ws,
    Undici,
    PythonWebSockets,

    /// <summary>AWS's own SDK for Python.</summary>
    Boto3,

    /// <summary>gRPC's own package for Node.</summary>
    GrpcJs,

    /// <summary>nghttp2's load generator; it knows no proxy, so it needs a <see cref="TunnelRelay"/>.</summary>
    H2Load,

    /// <summary>Python with its standard library alone.</summary>
    Python,

    OpenSsl,
}
