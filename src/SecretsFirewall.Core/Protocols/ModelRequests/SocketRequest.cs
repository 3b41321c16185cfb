using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.ModelRequests;

/// <summary>
/// Which messages of a WebSocket ask a model for something, and where: OpenAI's <c>response.create</c> (Responses and Realtime) and <c>session.update</c>, Gemini's <c>setup</c>
/// (WIRE.md sections 2.2, 2.5, 2.10).
/// </summary>
internal static class SocketRequest
{
    /// <summary>What counts as a request in it; null where it is none.</summary>
    public static int? RootOf(JsonTree tree) => tree.Text(tree.Find(0, "type"u8)) switch
    {
        "response.create" => tree.Find(0, "response"u8) is var response && tree.IsObject(response) ? response : 0,
        "session.update" or "transcription_session.update" => tree.Find(0, "session"u8),
        null when tree.Find(0, "setup"u8) is var setup && !tree.IsNothing(setup) => setup,
        _ => null,
    };

    /// <summary>The model that the handshake's query names; null where it names none, or several.</summary>
    public static string? ModelIn(string target)
    {
        var query = target.IndexOf('?') is var at and >= 0 ? target[(at + 1)..] : "";
        var named = query.Split('&').Where(static pair => pair.StartsWith("model=", StringComparison.Ordinal)).ToList();
        return named.Count == 1 ? Uri.UnescapeDataString(named[0]["model=".Length..]) : null;
    }
}
