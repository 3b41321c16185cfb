using System.Buffers.Text;
using System.Text.Json;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.Usage;

/// <summary>
/// Collects what an answer says of its usage, over all the texts that it is made of. Usage counts where providers put it, and nowhere else: an object of
/// that name in the arguments of a tool call is the model's own writing.
/// </summary>
internal sealed class AnswerMembers : IJsonMembers
{
    private const int InMessage = 1; // Anthropic: message_start
    private const int InResponse = 2; // OpenAI: response.completed; Interactions: interaction.completed
    private const int InMeta = 3; // Cohere

    private Wanted _wanted;
    private long _textBytes;
    private long _deltaBytes;
    private UsageFigures _figures;

    private enum Wanted
    {
        None = 0,
        Usage,

        /// <summary>Usage at the beginning of a stream: its output is not what it will be.</summary>
        FirstUsage,
        Model,
        Input,
        Output,
        Carried,
    }

    /// <summary>A whole event in base64, inside another.</summary>
    public Action<ReadOnlySpan<byte>>? OnCarried { get; init; }

    public string? Model { get; private set; }

    /// <summary>The provider said what the whole answer came to.</summary>
    public bool IsFinal { get; private set; }

    /// <summary>What the model wrote, as far as it can be told from the rest.</summary>
    public long WrittenBytes => _deltaBytes > 0 ? _deltaBytes : _textBytes;

    public ref UsageFigures Figures => ref _figures;

    public bool Wants(int parent, ReadOnlySpan<byte> name)
    {
        _wanted = parent switch
        {
            InMeta => name.SequenceEqual("billed_units"u8) ? Wanted.Usage : Wanted.None,
            InMessage or InResponse => IsUsage(name) ? (parent == InMessage ? Wanted.FirstUsage : Wanted.Usage) : IsModel(name) ? Wanted.Model : Wanted.None,
            _ when IsUsage(name) || name.SequenceEqual("amazon-bedrock-invocationMetrics"u8) => Wanted.Usage,
            _ when IsModel(name) => Wanted.Model,
            _ when name.SequenceEqual("prompt_eval_count"u8) || name.SequenceEqual("inputTextTokenCount"u8) => Wanted.Input, // Ollama; Titan
            _ when name.SequenceEqual("eval_count"u8) => Wanted.Output,
            _ when OnCarried is not null && name.SequenceEqual("bytes"u8) => Wanted.Carried,
            _ => Wanted.None,
        };
        return _wanted is not Wanted.None;
    }

    public int Container(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("message"u8) ? InMessage
        : name.SequenceEqual("response"u8) || name.SequenceEqual("interaction"u8) ? InResponse
        : name.SequenceEqual("meta"u8) ? InMeta
        : 0;

    public void Take(ReadOnlySpan<byte> value)
    {
        switch (_wanted)
        {
            case Wanted.Usage or Wanted.FirstUsage when value is [(byte)'{', ..]:
                _figures.Read(value);
                IsFinal |= _wanted is Wanted.Usage && (_figures.HasInput || _figures.HasOutput);
                break;
            case Wanted.Model when value is [(byte)'"', ..]:
                Model = Text(value);
                break;
            case Wanted.Input:
                _figures.Read(UsageWord.Input, value);
                IsFinal = true;
                break;
            case Wanted.Output:
                _figures.Read(UsageWord.Output, value);
                IsFinal = true;
                break;
            case Wanted.Carried when value is [(byte)'"', .., (byte)'"']:
                Carry(value[1..^1]);
                break;
        }

        _wanted = Wanted.None;
    }

    public TextUse UseOf(ReadOnlySpan<byte> name, int depth) => name switch
    {
        _ when name.SequenceEqual("delta"u8) && depth == 1 => TextUse.Delta,
        _ when name.SequenceEqual("content"u8) || name.SequenceEqual("text"u8) || name.SequenceEqual("partial_json"u8) || name.SequenceEqual("arguments"u8)
            || name.SequenceEqual("thinking"u8) || name.SequenceEqual("reasoning_content"u8) || name.SequenceEqual("reasoning"u8) || name.SequenceEqual("response"u8)
            || name.SequenceEqual("input"u8) || name.SequenceEqual("refusal"u8) => TextUse.Text,
        _ => TextUse.None,
    };

    public void Count(TextUse use, int bytes)
    {
        if (use is TextUse.Delta)
        {
            _deltaBytes += bytes;
        }
        else
        {
            _textBytes += bytes;
        }
    }

    public void EndText()
    {
    }

    private static bool IsUsage(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("usage"u8) || name.SequenceEqual("usageMetadata"u8) || name.SequenceEqual("usage_metadata"u8);

    private static bool IsModel(ReadOnlySpan<byte> name) => name.SequenceEqual("model"u8) || name.SequenceEqual("modelVersion"u8);

    internal static string? Text(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            return reader.Read() && reader.TokenType is JsonTokenType.String ? reader.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private void Carry(ReadOnlySpan<byte> base64)
    {
        var text = TrafficBuffers.Rent(base64.Length);
        try
        {
            if (Base64.DecodeFromUtf8(base64, text, out _, out var length) is System.Buffers.OperationStatus.Done)
            {
                OnCarried!(text.AsSpan(0, length));
            }
        }
        finally
        {
            TrafficBuffers.Return(text);
        }
    }
}
