namespace SecretsFirewall.Protocols.ModelRequests;

/// <summary>The model that a path names: Gemini and Vertex (<c>…/models/{model}:{verb}</c>), Bedrock (<c>/model/{id}/{operation}</c>), Azure (<c>…/deployments/{name}/…</c>).</summary>
internal static class ModelPath
{
    private const string Bedrock = "/model/";
    private const string Models = "models";
    private const string Deployments = "/deployments/";

    /// <param name="path">As the client sent it, with or without its query.</param>
    /// <param name="model">Null where the path names none.</param>
    /// <returns>False where servers may read different models in it.</returns>
    public static bool TryRead(string path, out string? model)
    {
        model = null;
        path = path.IndexOf('?') is var query and >= 0 ? path[..query] : path;
        if (Decode(path) is not { } clear)
        {
            return LlmPaths.Dialect(path) is LlmDialect.None;
        }

        var last = clear.LastIndexOf('/');
        var colon = clear.LastIndexOf(':');
        if (LlmPaths.Dialect(clear) is LlmDialect.Bedrock)
        {
            model = last > Bedrock.Length ? clear[Bedrock.Length..last] : null;
        }
        else if (colon > last && LlmPaths.Dialect(clear) is not LlmDialect.None)
        {
            var before = clear[..last];
            var folder = before[(before.LastIndexOf('/') + 1)..];
            model = folder == Models ? clear[(last + 1)..colon] : $"{folder}/{clear[(last + 1)..colon]}";
        }
        else if (clear.IndexOf(Deployments, StringComparison.OrdinalIgnoreCase) is var at and >= 0)
        {
            var name = clear[(at + Deployments.Length)..];
            model = name.IndexOf('/') is var end and > 0 ? name[..end] : null;
        }

        return model is not "";
    }

    // Escapes are read once; what would be read differently a second time, or by whoever tidies paths, is read by nobody.
    private static string? Decode(string path)
    {
        var clear = path.Contains('%') ? Uri.UnescapeDataString(path) : path;
        return clear.Contains('%') || clear.Contains('\\') || clear.Contains("//", StringComparison.Ordinal) || clear.Split('/').Any(static part => part is "." or "..")
            || clear.Any(static c => c is < ' ' or '\u007f' or '\ufffd')
            ? null
            : clear;
    }
}
