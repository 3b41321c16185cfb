using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.Usage;

/// <summary>
/// What providers say in their objects of usage, as they say it: one number for each of their words that mean the same. Source: WIRE.md sections 2.1 to 2.7.
/// <list type="bullet">
/// <item>Anthropic and Converse: the input excludes what the cache gave or took.</item>
/// <item>Chat Completions, Responses, Gemini: the input includes it.</item>
/// <item>Gemini: the output excludes the thoughts. Everybody else's output includes them.</item>
/// </list>
/// </summary>
internal struct UsageFigures
{
    private long? _input;
    private long? _toolInput;
    private long? _cacheRead;
    private long? _cacheWrite;
    private long? _shortCacheWrite;
    private long? _longCacheWrite;
    private long? _output;
    private long? _thoughts;
    private bool _inputHoldsCache;
    private bool _outputLacksThoughts;
    private ulong _seen;

    public readonly bool HasInput => _input is not null;

    public readonly bool HasOutput => _output is not null || _thoughts is not null;

    /// <summary>Something was said that cannot be.</summary>
    public bool IsSuspect { get; private set; }

    /// <summary>Takes one object of usage. What it says replaces what was said before; what it leaves out stays.</summary>
    public void Read(ReadOnlySpan<byte> json)
    {
        _seen = 0;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (reader.Read() && reader.TokenType is JsonTokenType.StartObject)
            {
                ReadObject(ref reader, UsageWords.Nothing);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            IsSuspect = true;
        }
    }

    /// <summary>A number that stands by itself: in a header, or beside the answer.</summary>
    public void Read(UsageWord word, ReadOnlySpan<byte> number)
    {
        _seen = 0;
        try
        {
            var reader = new Utf8JsonReader(number);
            if (reader.Read())
            {
                ReadNumber(ref reader, word);
            }
        }
        catch (JsonException)
        {
            IsSuspect = true;
        }
    }

    /// <summary>The four kinds apart.</summary>
    public TokenUsage ToUsage()
    {
        var read = _cacheRead ?? 0;
        var write = _cacheWrite ?? Sum(_shortCacheWrite ?? 0, _longCacheWrite ?? 0);
        var input = _input ?? 0;
        if (_inputHoldsCache)
        {
            IsSuspect |= Sum(read, write) > input; // a part that is larger than the whole
            read = Math.Min(read, input);
            write = Math.Min(write, input - read);
            input -= read + write;
        }

        var thoughts = _thoughts ?? 0;
        var output = _outputLacksThoughts ? Sum(_output ?? 0, thoughts) : _output ?? thoughts;
        IsSuspect |= thoughts > output;
        return new TokenUsage(Sum(input, _toolInput ?? 0), output, read, write, Math.Min(thoughts, output));
    }

    private static long Sum(long one, long other) => Math.Min(one + other, TokenUsage.MostPerCall); // each is at most that

    private void ReadObject(ref Utf8JsonReader reader, UsageWord within)
    {
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var word = UsageWords.Of(ref reader, within);
            reader.Read();
            if (reader.TokenType is JsonTokenType.StartObject && within is UsageWord.None && word is UsageWord.InputDetails or UsageWord.OutputDetails or UsageWord.CacheCreation)
            {
                ReadObject(ref reader, word);
            }
            else if (word is not UsageWord.None && reader.TokenType is not JsonTokenType.Null and not JsonTokenType.StartObject and not JsonTokenType.StartArray)
            {
                ReadNumber(ref reader, word);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadNumber(ref Utf8JsonReader reader, UsageWord word)
    {
        if (reader.TokenType is not JsonTokenType.Number || !TryCount(ref reader, out var count))
        {
            IsSuspect = true;
            return;
        }

        ref var place = ref PlaceOf(word);
        var bit = 1UL << (int)word;
        if ((_seen & bit) != 0 && place != count)
        {
            IsSuspect = true; // said twice: the larger one counts
            count = Math.Max(count, place ?? 0);
        }

        _seen |= bit;
        place = count;
        _inputHoldsCache |= word is UsageWord.InputWithCache or UsageWord.CacheReadWithin or UsageWord.CacheWriteWithin;
        _outputLacksThoughts |= word is UsageWord.OutputWithoutThoughts;
    }

    /// <summary>False for what is no count; what is too large is cut.</summary>
    private bool TryCount(ref Utf8JsonReader reader, out long count)
    {
        if (!reader.TryGetInt64(out count))
        {
            if (!reader.TryGetDouble(out var number) || double.IsNaN(number) || number < 0 || (number < TokenUsage.MostPerCall && number != Math.Floor(number)))
            {
                return false;
            }

            count = (long)Math.Min(number, TokenUsage.MostPerCall + 1.0);
        }

        IsSuspect |= count > TokenUsage.MostPerCall;
        (var isCount, count) = (count >= 0, Math.Min(count, TokenUsage.MostPerCall));
        return isCount;
    }

    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    private ref long? PlaceOf(UsageWord word)
    {
        switch (word)
        {
            case UsageWord.Input or UsageWord.InputWithCache:
                return ref _input;
            case UsageWord.ToolInput:
                return ref _toolInput;
            case UsageWord.CacheRead or UsageWord.CacheReadWithin:
                return ref _cacheRead;
            case UsageWord.CacheWrite or UsageWord.CacheWriteWithin:
                return ref _cacheWrite;
            case UsageWord.ShortCacheWrite:
                return ref _shortCacheWrite;
            case UsageWord.LongCacheWrite:
                return ref _longCacheWrite;
            case UsageWord.Thoughts:
                return ref _thoughts;
            default:
                return ref _output;
        }
    }
}
