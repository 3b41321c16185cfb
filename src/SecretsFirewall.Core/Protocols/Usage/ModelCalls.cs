namespace SecretsFirewall.Protocols.Usage;

/// <summary>Which requests a model computes something for, and which model, by their paths. Source: WIRE.md section 2.</summary>
public static class ModelCalls
{
    /// <summary>Of the providers' paths those that answer without a model, or whose answers come elsewhere and later.</summary>
    private static readonly string[] FreeEnds = ["/count_tokens", ":countTokens", "/batches", ":batchGenerateContent", "/moderations"];

    /// <summary>Whose answers are no text: what they come to is known if they say it, and cannot be guessed.</summary>
    private static readonly string[] MediaEnds = ["/images/generations", "/images/edits", "/audio/speech", "/audio/transcriptions", "/audio/translations", "/videos"];

    private static readonly string[] EmbeddingEnds = ["/embeddings", "/api/embed", ":embedContent", ":batchEmbedContents"];

    /// <summary>
    /// Of the providers' paths those that hand many calls over at once, whose answers come later and in files: OpenAI, Azure and Groq; Anthropic; Mistral; Gemini; Vertex;
    /// Bedrock.
    /// </summary>
    private static readonly string[] BatchEnds =
        ["/batches", "/batch/jobs", ":batchGenerateContent", ":asyncBatchEmbedContent", "/batchPredictionJobs", "/model-invocation-job"];

    /// <param name="path">Without its query.</param>
    /// <param name="looksLikeCall">The body names a model and what it is to read.</param>
    public static bool IsCall(string path, bool looksLikeCall)
    {
        var clear = Clear(path).TrimEnd('/');
        return !Array.Exists(FreeEnds, end => clear.EndsWith(end, StringComparison.OrdinalIgnoreCase))
            && (looksLikeCall || LlmPaths.Dialect(clear) is not LlmDialect.None || Array.Exists(MediaEnds, end => clear.EndsWith(end, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Begins a batch.</summary>
    public static bool IsBatch(string method, string path)
    {
        var clear = Clear(path).TrimEnd('/');
        return method == "POST" && Array.Exists(BatchEnds, end => clear.EndsWith(end, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The model computes numbers: no token comes out.</summary>
    public static bool WritesNothing(string path)
    {
        var clear = Clear(path).TrimEnd('/');
        return Array.Exists(EmbeddingEnds, end => clear.EndsWith(end, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The model that the path names: Gemini, Vertex, Bedrock, Azure. Null where it names none.</summary>
    public static string? ModelOf(string path)
    {
        var clear = Clear(path);
        if (clear.StartsWith("/model/", StringComparison.OrdinalIgnoreCase) && clear.LastIndexOf('/') is var last and > 7)
        {
            return clear[7..last];
        }

        return Behind(clear, "/models/") ?? Behind(clear, "/deployments/");
    }

    private static string? Behind(string path, string word)
    {
        var at = path.LastIndexOf(word, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return null;
        }

        var rest = path[(at + word.Length)..];
        var end = rest.AsSpan().IndexOfAny(':', '/');
        return end > 0 ? rest[..end] : null;
    }

    private static string Clear(string path) => path.Contains('%') ? Uri.UnescapeDataString(path) : path;
}
