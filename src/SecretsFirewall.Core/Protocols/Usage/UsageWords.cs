using System.Text.Json;

namespace SecretsFirewall.Protocols.Usage;

/// <summary>What a member of a provider's usage means.</summary>
internal enum UsageWord
{
    None = 0,
    Input,
    InputWithCache,
    ToolInput,
    CacheRead,
    CacheReadWithin,
    CacheWrite,
    CacheWriteWithin,
    ShortCacheWrite,
    LongCacheWrite,
    Output,
    OutputWithoutThoughts,
    Thoughts,
    InputDetails,
    OutputDetails,
    CacheCreation,
}

/// <summary>The providers' names for the same numbers, by where they stand.</summary>
internal static class UsageWords
{
    public const UsageWord Nothing = UsageWord.None;

    private static readonly (byte[] Name, UsageWord Word)[] Top =
    [
        ("input_tokens"u8.ToArray(), UsageWord.Input), // Anthropic; OpenAI Responses, whose details say that the cache is within
        ("output_tokens"u8.ToArray(), UsageWord.Output),
        ("cache_read_input_tokens"u8.ToArray(), UsageWord.CacheRead),
        ("cache_creation_input_tokens"u8.ToArray(), UsageWord.CacheWrite),
        ("cache_creation"u8.ToArray(), UsageWord.CacheCreation),
        ("prompt_tokens"u8.ToArray(), UsageWord.InputWithCache), // Chat Completions, Mistral and what speaks like them
        ("completion_tokens"u8.ToArray(), UsageWord.Output),
        ("prompt_cache_hit_tokens"u8.ToArray(), UsageWord.CacheReadWithin), // DeepSeek
        ("prompt_tokens_details"u8.ToArray(), UsageWord.InputDetails),
        ("input_tokens_details"u8.ToArray(), UsageWord.InputDetails),
        ("input_token_details"u8.ToArray(), UsageWord.InputDetails), // Realtime
        ("completion_tokens_details"u8.ToArray(), UsageWord.OutputDetails),
        ("output_tokens_details"u8.ToArray(), UsageWord.OutputDetails),
        ("output_token_details"u8.ToArray(), UsageWord.OutputDetails),
        ("promptTokenCount"u8.ToArray(), UsageWord.InputWithCache), // Gemini
        ("toolUsePromptTokenCount"u8.ToArray(), UsageWord.ToolInput),
        ("cachedContentTokenCount"u8.ToArray(), UsageWord.CacheReadWithin),
        ("candidatesTokenCount"u8.ToArray(), UsageWord.OutputWithoutThoughts),
        ("responseTokenCount"u8.ToArray(), UsageWord.OutputWithoutThoughts), // Gemini Live
        ("thoughtsTokenCount"u8.ToArray(), UsageWord.Thoughts),
        ("total_input_tokens"u8.ToArray(), UsageWord.InputWithCache), // Interactions
        ("total_cached_tokens"u8.ToArray(), UsageWord.CacheReadWithin),
        ("total_tool_use_tokens"u8.ToArray(), UsageWord.ToolInput),
        ("total_output_tokens"u8.ToArray(), UsageWord.OutputWithoutThoughts),
        ("total_thought_tokens"u8.ToArray(), UsageWord.Thoughts),
        ("inputTokens"u8.ToArray(), UsageWord.Input), // Bedrock Converse
        ("outputTokens"u8.ToArray(), UsageWord.Output),
        ("cacheReadInputTokens"u8.ToArray(), UsageWord.CacheRead),
        ("cacheWriteInputTokens"u8.ToArray(), UsageWord.CacheWrite),
        ("inputTokenCount"u8.ToArray(), UsageWord.Input), // Bedrock's invocation metrics
        ("outputTokenCount"u8.ToArray(), UsageWord.Output),
        ("cacheReadInputTokenCount"u8.ToArray(), UsageWord.CacheRead),
        ("cacheWriteInputTokenCount"u8.ToArray(), UsageWord.CacheWrite),
    ];

    private static readonly (byte[] Name, UsageWord Word)[] InInput =
    [
        ("cached_tokens"u8.ToArray(), UsageWord.CacheReadWithin),
        ("cache_write_tokens"u8.ToArray(), UsageWord.CacheWriteWithin),
    ];

    private static readonly (byte[] Name, UsageWord Word)[] InOutput =
    [
        ("reasoning_tokens"u8.ToArray(), UsageWord.Thoughts),
        ("thinking_tokens"u8.ToArray(), UsageWord.Thoughts),
    ];

    private static readonly (byte[] Name, UsageWord Word)[] InCacheCreation =
    [
        ("ephemeral_5m_input_tokens"u8.ToArray(), UsageWord.ShortCacheWrite),
        ("ephemeral_1h_input_tokens"u8.ToArray(), UsageWord.LongCacheWrite),
    ];

    /// <param name="within">The member that holds the object; <see cref="UsageWord.None"/> for the usage itself.</param>
    public static UsageWord Of(ref Utf8JsonReader reader, UsageWord within)
    {
        var names = within switch
        {
            UsageWord.InputDetails => InInput,
            UsageWord.OutputDetails => InOutput,
            UsageWord.CacheCreation => InCacheCreation,
            _ => Top,
        };
        foreach (var (name, word) in names)
        {
            if (reader.ValueTextEquals(name))
            {
                return word;
            }
        }

        return UsageWord.None;
    }
}
