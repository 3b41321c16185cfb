using System.Buffers;
using System.Text.Json;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.ModelRequests;

/// <param name="Model">Null where the request names none.</param>
/// <param name="Stream">Null where it says it in a way that servers read differently.</param>
/// <param name="MaxTokens">Null without a bound.</param>
public sealed record ModelRequestPart(string? Model, bool? Stream, long? MaxTokens);

/// <summary>What a request asks of a model, in the shape of any provider: which model, how much, and with which tools.</summary>
public sealed class ModelRequest
{
    private readonly ToolLists _lists;

    private ModelRequest(IReadOnlyList<ModelRequestPart> parts, ToolLists lists) => (Parts, _lists) = (parts, lists);

    /// <summary>One; or as many as a batch has.</summary>
    public IReadOnlyList<ModelRequestPart> Parts { get; }

    public IReadOnlyList<ToolOffer> Offers => _lists.Offers;

    /// <summary>Whether JSON on the host of a model, on a path that nobody knows, asks a model for anything.</summary>
    public static bool IsOne(ReadOnlyMemory<byte> body) =>
        JsonTree.Read(body) is { } tree && tree.Children(0).Any(child => tree.Name(child) is "model" or "tools" or "messages" or "contents" or "input" or "prompt");

    /// <param name="provider">As the policy names it; null where it lists none.</param>
    /// <param name="path">As the client sent it.</param>
    /// <returns>Null where two servers could read two things in it.</returns>
    public static ModelRequest? Read(LlmDialect dialect, string? provider, string path, ReadOnlyMemory<byte> body)
    {
        if (JsonBody.Check(body.Span) is not JsonDefect.None || JsonTree.Read(body) is not { } tree || !tree.IsObject(0) || !ModelPath.TryRead(path, out var inPath))
        {
            return null;
        }

        var parts = new List<ModelRequestPart>();
        foreach (var root in Roots(tree, path))
        {
            var named = tree.Find(root, "model"u8);
            if (!tree.IsNothing(named) && !tree.IsString(named))
            {
                return null;
            }

            var inBody = tree.Text(named);
            if (inPath is not null && dialect is LlmDialect.Gemini && inBody is not null && inBody != inPath && inBody != $"models/{inPath}")
            {
                return null;
            }

            parts.Add(new ModelRequestPart(inPath ?? inBody, Streams(tree, root, dialect, path), OutputLimit.Read(tree, root, dialect, provider, path)));
        }

        var lists = new ToolLists(tree);
        return lists.Find() && !tree.IsAmbiguous ? new ModelRequest(parts, lists) : null;
    }

    /// <summary>What a message in a WebSocket asks of a model.</summary>
    /// <param name="target">Of the handshake, with its query.</param>
    /// <param name="isFirst">Nothing was asked before: a message that sets nothing asks with what the handshake says.</param>
    /// <returns>Null where two servers could read two things in it. Without parts it asks for nothing.</returns>
    public static ModelRequest? ReadMessage(string? provider, string target, ReadOnlyMemory<byte> message, bool isFirst)
    {
        if (JsonBody.Check(message.Span) is not JsonDefect.None || JsonTree.Read(message) is not { } tree || !tree.IsObject(0))
        {
            return null;
        }

        var lists = new ToolLists(tree);
        var root = SocketRequest.RootOf(tree);
        if (root is { } asked && !tree.IsObject(asked))
        {
            return null;
        }

        if (!lists.Find(root ?? 0) || tree.IsAmbiguous || (root is null && lists.Offers.Count > 0))
        {
            return null;
        }

        var dialect = tree.IsNothing(tree.Find(0, "setup"u8)) ? LlmDialect.OpenAiResponses : LlmDialect.Gemini;
        var model = tree.Find(root ?? 0, "model"u8);
        if (root is not null && !tree.IsNothing(model) && !tree.IsString(model))
        {
            return null;
        }

        var named = (root is null ? null : tree.Text(model)) ?? SocketRequest.ModelIn(target);
        var most = root is null ? null : OutputLimit.Read(tree, root.Value, dialect, provider, target);
        return new ModelRequest(root is not null || isFirst ? [new ModelRequestPart(WithoutFolder(named, dialect), Stream: true, most)] : [], lists);
    }

    // In messages Gemini's models stand as they do in paths.
    private static string? WithoutFolder(string? model, LlmDialect dialect) =>
        dialect is LlmDialect.Gemini && model is not null && model.StartsWith("models/", StringComparison.Ordinal) ? model["models/".Length..] : model;

    /// <summary>Writes the request without some of its offers. False where it asks for one of them.</summary>
    public bool TryRemove(IReadOnlySet<ToolOffer> removed, IBufferWriter<byte> output) => new ToolRemoval(_lists).TryApply(removed, output);

    // Anthropic's batches: requests[].params, each a request of its own.
    private static List<int> Roots(JsonTree tree, string path)
    {
        var requests = tree.Find(0, "requests"u8);
        var inner = WithoutQuery(path).TrimEnd('/').EndsWith("/messages/batches", StringComparison.OrdinalIgnoreCase) && tree.IsArray(requests)
            ? tree.Children(requests).Select(request => tree.Find(request, "params"u8)).ToList()
            : [];
        var session = tree.Find(0, "session"u8); // Realtime's secrets for clients: what the client may then ask without saying it
        return inner.Count > 0 ? inner : tree.IsObject(session) && WithoutQuery(path).Contains("/realtime/", StringComparison.OrdinalIgnoreCase) ? [session] : [0];
    }

    private static bool? Streams(JsonTree tree, int root, LlmDialect dialect, string path) => tree.Kind(tree.Find(root, "stream"u8)) switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => LlmPaths.Streams(WithoutQuery(path)),
        JsonTokenType.None or JsonTokenType.Null => dialect is LlmDialect.Ollama || LlmPaths.Streams(WithoutQuery(path)),
        _ => null,
    };

    private static ReadOnlySpan<char> WithoutQuery(string path) => path.AsSpan(0, path.IndexOf('?') is var query and >= 0 ? query : path.Length);
}
