namespace SecretsFirewall.Inspection.EventStreams;

/// <summary>How a model's answer is cut into events.</summary>
internal enum StreamShape
{
    /// <summary>More of it must come.</summary>
    Unknown = 0,

    /// <summary>Server-sent events.</summary>
    Events,

    /// <summary>JSON texts: in a row, in lines or not (Ollama), or the elements of one array (Gemini without <c>alt=sse</c>). One text alone is the usual answer.</summary>
    Json,

    /// <summary>Anything else.</summary>
    Plain,
}
