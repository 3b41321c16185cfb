using System.Text.Json;

namespace SecretsFirewall.Protocols;

/// <summary>The top-level members of a JSON object that tell what it is.</summary>
internal struct BodyShape
{
    private bool _messages;
    private bool _model;
    private bool _contents;
    private bool _input;
    private bool _prompt;
    private bool _anthropic;
    private bool _generation;
    private bool _turns;
    private bool? _stream;
    private bool _isRpcVersion;
    private bool _isRpcResponse;

    public string? RpcMethod { get; private set; }

    public ReadOnlyMemory<byte> RpcId { get; private set; }

    public readonly bool IsJsonRpc => _isRpcVersion && (RpcMethod is not null || _isRpcResponse);

    /// <summary>Never throws: a body that is cut or broken has the members that were read until there.</summary>
    public static BodyShape Read(ReadOnlySpan<byte> json)
    {
        var shape = default(BodyShape);
        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = JsonBody.ReaderDepth }));
        try
        {
            reader.Read();
            shape.ReadObject(ref reader);
        }
        catch (JsonException)
        {
            // Whoever rests a decision on the body checks it; here what was seen is enough.
        }

        return shape;
    }

    /// <summary>Reads the object at whose start the reader stands, to its end.</summary>
    public void ReadObject(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = Member(ref reader);
            if (!reader.Read())
            {
                return;
            }

            Note(member, ref reader);
            if (!reader.TrySkip())
            {
                return;
            }
        }
    }

    /// <summary>The dialect by body and path; <see cref="LlmDialect.None"/> where this is no model traffic.</summary>
    public readonly LlmDialect Dialect(LlmDialect byPath)
    {
        // These paths belong to nobody else; for the others the body must look the part.
        if (byPath is LlmDialect.Bedrock or LlmDialect.Gemini or LlmDialect.OpenAiChat)
        {
            return byPath;
        }

        if (_contents && (_turns || _generation))
        {
            return LlmDialect.Gemini;
        }

        if (_messages && (_model || _turns))
        {
            return byPath != LlmDialect.None ? byPath
                : _anthropic ? LlmDialect.Anthropic
                : _model ? LlmDialect.OpenAiChat
                : LlmDialect.Generic;
        }

        if (_model && (_input || _prompt))
        {
            return byPath != LlmDialect.None ? byPath : _input ? LlmDialect.OpenAiResponses : LlmDialect.OpenAiChat;
        }

        return _model && byPath != LlmDialect.None ? byPath : LlmDialect.None;
    }

    /// <summary>Ollama streams unless it is told not to, the others only if they are told to.</summary>
    public readonly bool Streams(LlmDialect dialect) => _stream ?? dialect == LlmDialect.Ollama;

    private void Note(BodyMember member, ref Utf8JsonReader reader)
    {
        var isText = reader.TokenType == JsonTokenType.String;
        var isList = reader.TokenType == JsonTokenType.StartArray;
        switch (member)
        {
            case BodyMember.Messages:
                _messages |= isList;
                _turns |= isList && BeginsWithTurn(reader);
                break;
            case BodyMember.Model:
                _model |= isText;
                break;
            case BodyMember.Contents:
                _contents |= isList;
                _turns |= isList && BeginsWithTurn(reader);
                break;
            case BodyMember.Input:
                _input |= isList || isText;
                break;
            case BodyMember.Prompt:
                _prompt |= isText || isList;
                break;
            case BodyMember.Anthropic:
                _anthropic = true;
                break;
            case BodyMember.Generation:
                _generation = true;
                break;
            case BodyMember.Stream:
                _stream = reader.TokenType == JsonTokenType.True;
                break;
            case BodyMember.RpcVersion:
                _isRpcVersion |= isText && reader.ValueTextEquals("2.0"u8);
                break;
            case BodyMember.RpcMethod when isText:
                NoteMethod(McpMethods.Read(ref reader));
                break;
            case BodyMember.RpcId:
                RpcId = JsonRpcId.Read(ref reader);
                break;
            case BodyMember.RpcResponse:
                _isRpcResponse = true;
                break;
        }
    }

    /// <summary>The first element of the list is a turn of a conversation: who speaks and what, or parts.</summary>
    /// <param name="reader">A copy; the caller's stays where it is.</param>
    private static bool BeginsWithTurn(Utf8JsonReader reader)
    {
        var hasRole = false;
        var hasContent = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var hasParts = reader.ValueTextEquals("parts"u8);
            hasRole |= hasParts || reader.ValueTextEquals("role"u8);
            hasContent |= hasParts || reader.ValueTextEquals("content"u8);

            // Enough is known before the content is read: it may be megabytes, and the caller reads it anyway.
            if (hasRole && hasContent)
            {
                return true;
            }

            if (!reader.TrySkip())
            {
                break;
            }
        }

        return false;
    }

    // A body that says its method twice is refused where it matters; until then the one that counts more stands.
    private void NoteMethod(string method) => RpcMethod = RpcMethod == McpMethods.ToolCall ? RpcMethod : method;

    private static BodyMember Member(ref Utf8JsonReader reader)
    {
        foreach (var (name, member) in Members)
        {
            if (reader.ValueTextEquals(name))
            {
                return member;
            }
        }

        return BodyMember.None;
    }

    private enum BodyMember
    {
        None = 0,
        Messages,
        Model,
        Contents,
        Input,
        Prompt,
        Anthropic,
        Generation,
        Stream,
        RpcVersion,
        RpcMethod,
        RpcId,
        RpcResponse,
    }

    private static readonly (byte[] Name, BodyMember Member)[] Members =
    [
        ("messages"u8.ToArray(), BodyMember.Messages),
        ("model"u8.ToArray(), BodyMember.Model),
        ("contents"u8.ToArray(), BodyMember.Contents),
        ("input"u8.ToArray(), BodyMember.Input),
        ("prompt"u8.ToArray(), BodyMember.Prompt),
        ("system"u8.ToArray(), BodyMember.Anthropic),
        ("anthropic_version"u8.ToArray(), BodyMember.Anthropic),
        ("stop_sequences"u8.ToArray(), BodyMember.Anthropic),
        ("max_tokens"u8.ToArray(), BodyMember.Generation),
        ("temperature"u8.ToArray(), BodyMember.Generation),
        ("generationConfig"u8.ToArray(), BodyMember.Generation),
        ("generation_config"u8.ToArray(), BodyMember.Generation),
        ("systemInstruction"u8.ToArray(), BodyMember.Generation),
        ("system_instruction"u8.ToArray(), BodyMember.Generation),
        ("safetySettings"u8.ToArray(), BodyMember.Generation),
        ("stream"u8.ToArray(), BodyMember.Stream),
        ("jsonrpc"u8.ToArray(), BodyMember.RpcVersion),
        ("method"u8.ToArray(), BodyMember.RpcMethod),
        ("id"u8.ToArray(), BodyMember.RpcId),
        ("result"u8.ToArray(), BodyMember.RpcResponse),
        ("error"u8.ToArray(), BodyMember.RpcResponse),
    ];
}
