namespace SecretsFirewall.Protocols.Mcp;

/// <summary>One JSON-RPC message of an agent, read strictly.</summary>
/// <param name="Method">Null for an answer to a server's request.</param>
/// <param name="Names">What it is about: the tool of <c>tools/call</c>, the prompt of <c>prompts/get</c>, the URI of <c>resources/read</c>; null for other methods.</param>
/// <param name="Arguments">Of a call, as JSON in one spelling; null where the method has none.</param>
/// <param name="Version">The protocol's version as the message itself says it (from 2026-07-28 on).</param>
public sealed record McpMessage(string? Method, string? Names, string? Arguments, string? Version)
{
    /// <summary>The method that calls a tool.</summary>
    public const string ToolCall = McpMethods.ToolCall;

    public bool IsToolCall => Method == ToolCall;
}

/// <summary>Why nobody can decide about a message: two readers could read two things in it.</summary>
public enum McpFault
{
    /// <summary>Duplicate names, a byte order mark, invalid UTF-8, or no JSON at all.</summary>
    NotStrictJson = 0,

    /// <summary>Neither a request nor a notification nor an answer of JSON-RPC 2.0.</summary>
    UnknownShape,

    /// <summary>An id that is neither a text nor a whole number that every reader keeps, or one that stands twice in a batch.</summary>
    Id,

    /// <summary>A call whose parameters do not say one thing: no name, arguments that are no object, a method in other capitals.</summary>
    Parameters,

    /// <summary>An empty batch, or a batch inside of one.</summary>
    Batch,

    /// <summary>A header field that repeats a part of the message says something else, is missing where it must be there, or stands twice.</summary>
    Header,

    /// <summary>A version of the protocol that is not known here.</summary>
    Version,
}

/// <summary>What an agent sent: one message, or a batch.</summary>
public sealed record McpBody(IReadOnlyList<McpMessage> Messages, bool IsBatch);
