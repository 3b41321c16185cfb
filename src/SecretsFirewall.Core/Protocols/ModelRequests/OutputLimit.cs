using System.Text.Json;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Protocols.ModelRequests;

/// <summary>The most tokens that a request lets a model write: each provider has its own name for it. Source: WIRE.md section 2.</summary>
internal static class OutputLimit
{
    // Requests that have a model write nothing.
    private static readonly string[] Writeless = ["/embeddings", "/count_tokens", ":countTokens", ":embedContent", ":batchEmbedContents", "/api/embed", "/moderations"];

    /// <returns>Null where the request sets no bound; the largest number where it sets one that is no plain number.</returns>
    public static long? Read(JsonTree tree, int root, LlmDialect dialect, string? provider, string path)
    {
        path = path.IndexOf('?') is var query and >= 0 ? path[..query] : path;
        if (Writeless.Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase)))
        {
            return 0;
        }

        long? most = null;
        foreach (var node in Places(tree, root, dialect, provider).Where(node => !tree.IsNothing(node)))
        {
            var value = tree.Kind(node) is JsonTokenType.Number && tree.Number(node) is { } number ? number : long.MaxValue;
            most = Math.Max(most ?? 0, value);
        }

        return most;
    }

    // Only names that the provider minds: a bound that it does not know is none.
    private static int[] Places(JsonTree tree, int root, LlmDialect dialect, string? provider) => dialect switch
    {
        LlmDialect.Anthropic => [tree.Find(root, "max_tokens"u8), tree.Find(root, "max_tokens_to_sample"u8)],
        LlmDialect.OpenAiResponses => [tree.Find(root, "max_output_tokens"u8), tree.Find(root, "max_response_output_tokens"u8)],
        LlmDialect.Gemini =>
        [
            tree.Find(tree.Find(root, "generationConfig"u8), "maxOutputTokens"u8), tree.Find(tree.Find(root, "generation_config"u8), "maxOutputTokens"u8),
            tree.Find(tree.Find(root, "generationConfig"u8), "max_output_tokens"u8), tree.Find(tree.Find(root, "generation_config"u8), "max_output_tokens"u8),
            tree.Find(tree.Find(root, "parameters"u8), "maxOutputTokens"u8),
        ],
        LlmDialect.Bedrock =>
        [
            tree.Find(tree.Find(root, "inferenceConfig"u8), "maxTokens"u8), tree.Find(root, "max_tokens"u8), tree.Find(root, "max_tokens_to_sample"u8),
            tree.Find(root, "max_gen_len"u8), tree.Find(tree.Find(root, "textGenerationConfig"u8), "maxTokenCount"u8),
        ],
        LlmDialect.Ollama => [tree.Find(tree.Find(root, "options"u8), "num_predict"u8)],
        _ when provider is "mistral" => [tree.Find(root, "max_tokens"u8)],
        _ => [tree.Find(root, "max_completion_tokens"u8), tree.Find(root, "max_tokens"u8)],
    };
}
