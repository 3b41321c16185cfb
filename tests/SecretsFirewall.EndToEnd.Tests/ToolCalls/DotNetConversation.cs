#pragma warning disable OPENAI001 // the Responses client is marked as not final
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anthropic;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Responses;

namespace SecretsFirewall.EndToEnd.Tests.ToolCalls;

/// <summary>
/// A conversation of two turns with the .NET SDKs, as <c>clients/conversation.mjs</c> holds it with those for Node: each call of the first answer is answered with
/// "done", or the user says "Go on.". Gives one node for each turn: calls, text, end and usage.
/// </summary>
internal static class DotNetConversation
{
    private const string Schema = """{"type":"object","properties":{"path":{"type":"string"}}}""";

    public static Task<IReadOnlyList<JsonNode>> RunAsync(string api, bool stream, HttpClient http) => api switch
    {
        "anthropic" => AnthropicAsync(stream, http),
        "chat" => ChatAsync(stream, http),
        _ => ResponsesAsync(stream, http),
    };

    private static async Task<IReadOnlyList<JsonNode>> AnthropicAsync(bool stream, HttpClient http)
    {
        var client = new AnthropicClient { ApiKey = "k", HttpClient = http, MaxRetries = 0 };
        var turns = new List<JsonNode>();
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Go." });
        for (var turn = 0; turn < 2; turn++)
        {
            var parameters = new MessageCreateParams
            {
                Model = "m",
                MaxTokens = 64,
                Messages = [.. messages.Select(message => new MessageParam(message.Deserialize<JsonElement>()))],
                Tools = [new ToolUnion(JsonSerializer.Deserialize<JsonElement>($$"""{"name":"read_file","input_schema":{{Schema}}}"""))],
            };
            var answer = stream ? await client.Messages.CreateStreaming(parameters).Aggregate() : await client.Messages.Create(parameters);
            answer.Validate();

            var calls = new List<ToolUseBlock>();
            var texts = new List<string>();
            foreach (var block in answer.Content)
            {
                if (block.TryPickToolUse(out var call))
                {
                    calls.Add(call);
                }
                else if (block.TryPickText(out var text))
                {
                    texts.Add(text.Text);
                }
            }

            turns.Add(Turn(calls.Select(call => (call.Name, JsonSerializer.Serialize(call.Input))), string.Join('|', texts), answer.StopReason?.Raw(), answer.Usage.OutputTokens));
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray([.. answer.Content.Select(block => JsonNode.Parse(block.Json.GetRawText()))]) });
            messages.Add(new JsonObject
            {
                ["role"] = "user",
                ["content"] = calls.Count == 0 ? "Go on."
                    : new JsonArray([.. calls.Select(call => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = call.ID, ["content"] = "done" })]),
            });
        }

        return turns;
    }

    private static async Task<IReadOnlyList<JsonNode>> ChatAsync(bool stream, HttpClient http)
    {
        var options = new OpenAIClientOptions { Transport = new HttpClientPipelineTransport(http), RetryPolicy = new ClientRetryPolicy(0) };
        var client = new ChatClient("m", new ApiKeyCredential("k"), options);
        var turns = new List<JsonNode>();
        var messages = new List<ChatMessage> { new UserChatMessage("Go.") };
        var tools = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("read_file", null, BinaryData.FromString(Schema)) } };
        for (var turn = 0; turn < 2; turn++)
        {
            var (text, calls, end, usage) = stream ? await ReadAsync(client.CompleteChatStreamingAsync(messages, tools)) : Read(await client.CompleteChatAsync(messages, tools));
            turns.Add(Turn(
                calls.Select(call => (call.FunctionName, call.FunctionArguments.ToString())), text,
                end switch { ChatFinishReason.ToolCalls => "tool_calls", ChatFinishReason.Stop => "stop", _ => end?.ToString() }, usage));
            var message = calls.Count > 0 ? new AssistantChatMessage(calls) : new AssistantChatMessage(text);
            if (calls.Count > 0 && text.Length > 0)
            {
                message.Content.Add(ChatMessageContentPart.CreateTextPart(text));
            }

            messages.Add(message);
            messages.AddRange(calls.Select(call => new ToolChatMessage(call.Id, "done")));
            if (calls.Count == 0)
            {
                messages.Add(new UserChatMessage("Go on."));
            }
        }

        return turns;
    }

    private static (string, IReadOnlyList<ChatToolCall>, ChatFinishReason?, int?) Read(ChatCompletion answer) =>
        (string.Concat(answer.Content.Select(part => part.Text)), answer.ToolCalls, answer.FinishReason, answer.Usage?.TotalTokenCount);

    // Pieces by their index, as the SDK's own documentation has it.
    private static async Task<(string, IReadOnlyList<ChatToolCall>, ChatFinishReason?, int?)> ReadAsync(AsyncCollectionResult<StreamingChatCompletionUpdate> updates)
    {
        var (text, ids, names, arguments) = (new StringBuilder(), new SortedDictionary<int, string>(), new Dictionary<int, string>(), new Dictionary<int, StringBuilder>());
        ChatFinishReason? end = null;
        int? usage = null;
        await foreach (var update in updates)
        {
            text.AppendJoin("", update.ContentUpdate.Select(part => part.Text));
            (end, usage) = (update.FinishReason ?? end, update.Usage?.TotalTokenCount ?? usage);
            foreach (var call in update.ToolCallUpdates)
            {
                ids.TryAdd(call.Index, call.ToolCallId);
                names.TryAdd(call.Index, call.FunctionName);
                arguments.TryAdd(call.Index, new StringBuilder());
                arguments[call.Index].Append(call.FunctionArgumentsUpdate);
            }
        }

        Assert.Equal(Enumerable.Range(0, ids.Count), ids.Keys);
        return (text.ToString(), [.. ids.Select(pair => ChatToolCall.CreateFunctionToolCall(pair.Value, names[pair.Key], BinaryData.FromString(arguments[pair.Key].ToString())))], end, usage);
    }

    private static async Task<IReadOnlyList<JsonNode>> ResponsesAsync(bool stream, HttpClient http)
    {
        var options = new ResponsesClientOptions { Transport = new HttpClientPipelineTransport(http), RetryPolicy = new ClientRetryPolicy(0) };
        var client = new ResponsesClient(new ApiKeyCredential("k"), options);
        var turns = new List<JsonNode>();
        var input = new List<ResponseItem> { ResponseItem.CreateUserMessageItem("Go.") };
        for (var turn = 0; turn < 2; turn++)
        {
            var request = new CreateResponseOptions("m", input) { StreamingEnabled = stream };
            request.Tools.Add(ResponseTool.CreateFunctionTool("read_file", BinaryData.FromString(Schema), strictModeEnabled: false));
            var answer = stream ? await ReadAsync(client.CreateResponseStreamingAsync(request)) : (await client.CreateResponseAsync(request)).Value;
            var calls = answer.OutputItems.OfType<FunctionCallResponseItem>().ToList();
            turns.Add(Turn(
                calls.Select(call => (call.FunctionName, call.FunctionArguments.ToString())), answer.GetOutputText(),
                answer.Status is ResponseStatus.Completed ? "completed" : answer.Status?.ToString(), answer.Usage.TotalTokenCount));
            input.AddRange(answer.OutputItems);
            input.AddRange(calls.Select(call => ResponseItem.CreateFunctionCallOutputItem(call.CallId, "done")));
            if (calls.Count == 0)
            {
                input.Add(ResponseItem.CreateUserMessageItem("Go on."));
            }
        }

        return turns;
    }

    // What the items said as they came must be what the end says.
    private static async Task<ResponseResult> ReadAsync(Task<AsyncStreamingResult<StreamingResponseUpdate>> updates)
    {
        var items = new List<string>();
        ResponseResult? whole = null;
        await using var stream = await updates;
        await foreach (var update in stream)
        {
            if (update is StreamingResponseOutputItemDoneUpdate done)
            {
                Assert.Equal(items.Count, done.OutputIndex);
                items.Add(done.Item.GetType().Name);
            }

            whole = update is StreamingResponseCompletedUpdate completed ? completed.Response : whole;
        }

        Assert.Equal(items, whole!.OutputItems.Select(item => item.GetType().Name));
        return whole;
    }

    private static JsonObject Turn(IEnumerable<(string Name, string Arguments)> calls, string text, string? end, long? usage) => new()
    {
        ["calls"] = new JsonArray([.. calls.Select(call => new JsonObject { ["name"] = call.Name, ["arguments"] = JsonNode.Parse(call.Arguments) })]),
        ["text"] = text,
        ["end"] = end,
        ["usage"] = usage is null ? null : (int)usage,
    };
}
