using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.Usage;

/// <summary>The members of a request that tell.</summary>
internal sealed class RequestMembers : IJsonMembers
{
    private const int InGeneration = 1;

    // A text of that name that is shorter is an address, or no file.
    private const int LeastMediumBytes = 4 * 1024;

    private Wanted _wanted;
    private int _open;
    private bool _hasModel;
    private bool _hasTurns;

    private enum Wanted
    {
        None = 0,
        Model,
        MostOutput,
        Choices,
        Background,
        Stream,
    }

    public string? Model { get; private set; }

    public bool IsModelSaidTwice { get; private set; }

    public long? MostOutput { get; private set; }

    public long Choices { get; private set; } = 1;

    public bool IsBackground { get; private set; }

    public bool IsStream { get; private set; }

    public int Media { get; private set; }

    public long MediaBytes { get; private set; }

    public bool LooksLikeCall => _hasModel && _hasTurns;

    public bool Wants(int parent, ReadOnlySpan<byte> name)
    {
        _wanted = name switch
        {
            _ when parent == InGeneration => Is(name, "maxOutputTokens"u8) || Is(name, "max_output_tokens"u8) || Is(name, "maxTokens"u8)
                || Is(name, "num_predict"u8) || Is(name, "maxTokenCount"u8) ? Wanted.MostOutput
                : Is(name, "candidateCount"u8) || Is(name, "candidate_count"u8) ? Wanted.Choices : Wanted.None,
            _ when Is(name, "model"u8) => Wanted.Model,
            _ when Is(name, "max_tokens"u8) || Is(name, "max_completion_tokens"u8) || Is(name, "max_output_tokens"u8) || Is(name, "max_tokens_to_sample"u8)
                || Is(name, "max_gen_len"u8) => Wanted.MostOutput,
            _ when Is(name, "n"u8) => Wanted.Choices,
            _ when Is(name, "background"u8) => Wanted.Background,
            _ when Is(name, "stream"u8) => Wanted.Stream,
            _ => Wanted.None,
        };
        _hasTurns |= parent == 0 && (Is(name, "messages"u8) || Is(name, "input"u8) || Is(name, "prompt"u8) || Is(name, "contents"u8));
        return _wanted is not Wanted.None;
    }

    public int Container(ReadOnlySpan<byte> name) =>
        Is(name, "generationConfig"u8) || Is(name, "generation_config"u8) || Is(name, "inferenceConfig"u8) || Is(name, "options"u8) || Is(name, "textGenerationConfig"u8)
            ? InGeneration
            : 0;

    public void Take(ReadOnlySpan<byte> value)
    {
        switch (_wanted)
        {
            case Wanted.Model:
                IsModelSaidTwice |= _hasModel;
                _hasModel = true;
                Model = AnswerMembers.Text(value);
                break;
            case Wanted.MostOutput when Number(value) is { } most:
                MostOutput = Math.Max(MostOutput ?? 0, most);
                break;
            case Wanted.Choices when Number(value) is { } choices:
                Choices = Math.Max(Choices, Math.Min(choices, 1024));
                break;
            case Wanted.Background:
                IsBackground = value.SequenceEqual("true"u8);
                break;
            case Wanted.Stream:
                IsStream = value.SequenceEqual("true"u8);
                break;
        }

        _wanted = Wanted.None;
    }

    public TextUse UseOf(ReadOnlySpan<byte> name, int depth)
    {
        EndMedium();
        return Is(name, "data"u8) || Is(name, "url"u8) || Is(name, "image_url"u8) || Is(name, "file_data"u8) || Is(name, "bytes"u8) || Is(name, "images"u8)
            ? TextUse.Media
            : TextUse.None;
    }

    public void Count(TextUse use, int bytes) => _open += bytes;

    public void EndText() => EndMedium();

    private void EndMedium()
    {
        if (_open >= LeastMediumBytes)
        {
            Media++;
            MediaBytes += _open;
        }

        _open = 0;
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> word) => name.SequenceEqual(word);

    private static long? Number(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && reader.TokenType is JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0
                ? Math.Min(number, TokenUsage.MostPerCall)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
