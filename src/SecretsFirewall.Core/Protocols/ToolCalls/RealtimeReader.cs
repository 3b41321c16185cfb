using System.Text.Json;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// OpenAI's Realtime (WIRE.md section 2.10). A call is an item, and is said over and over: by events of its response, by events of the conversation, and at the end of
/// the response; clients differ in which of them they believe, so that all must agree. From its first event until it is whole everything waits. Where it is withheld,
/// a message of the same id stands in its place each time.
/// </summary>
internal sealed class RealtimeReader(CallDecider decider) : EventReader
{
    /// <summary>A session ends after an hour; nobody calls so much in it.</summary>
    private const int MostCalls = 4096;

    private static readonly string[] Families =
        ["session.", "transcription_session.", "conversation.", "input_audio_buffer.", "output_audio_buffer.", "response.", "rate_limits.", "mcp_list_tools."];

    private readonly Dictionary<string, ResponseCall> _calls = new(StringComparer.Ordinal);

    /// <summary>What only such a socket begins with.</summary>
    public static bool IsBegin(string type) => Families[..3].Any(family => type.StartsWith(family, StringComparison.Ordinal));

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        return tree.Text(tree.Find(0, "type"u8)) switch
        {
            "response.output_item.added" or "conversation.item.added" or "conversation.item.created" => TakeItem(current, tree, held, isWhole: false),
            "response.output_item.done" or "conversation.item.done" or "conversation.item.retrieved" => TakeItem(current, tree, held, isWhole: true),
            "response.function_call_arguments.delta" => CallOf(tree) is { } one && one.Continue("function_call", tree.Text(tree.Find(0, "delta"u8))) ? IsClear(tree) : Contradicts(),
            "response.function_call_arguments.done" => EndArguments(tree),
            "response.done" => Finish(current, tree, held),
            "error" => IsClear(tree),
            { } type when Families.Any(family => type.StartsWith(family, StringComparison.Ordinal)) => IsClear(tree),
            _ => IsUnknown(),
        };
    }

    public override bool End(List<StreamEvent> held) => !IsHolding || Refuse(ToolGateStop.Unfinished);

    public override bool Fail(StreamEvent current, List<StreamEvent> held) => IsUnknown();

    private ResponseCall? CallOf(JsonTree tree) => tree.Text(tree.Find(0, "item_id"u8)) is { } id ? _calls.GetValueOrDefault(id) : null;

    private bool EndArguments(JsonTree tree) =>
        CallOf(tree) is { } one && one.EndArguments("function_call", tree.Text(tree.Find(0, "arguments"u8)), tree.Text(tree.Find(0, "name"u8))) ? IsClear(tree) : Contradicts();

    private bool TakeItem(StreamEvent current, JsonTree tree, List<StreamEvent> held, bool isWhole)
    {
        var item = tree.Find(0, "item"u8);
        var decided = new HashSet<int>();
        return TakeOne(current, tree, item, held, isWhole || tree.TextIs(tree.Find(item, "status"u8), "completed"), decided) && IsClear(tree, decided);
    }

    private bool Finish(StreamEvent current, JsonTree tree, List<StreamEvent> held)
    {
        var response = tree.Find(0, "response"u8);
        var decided = new HashSet<int>();
        foreach (var item in tree.Children(tree.Find(response, "output"u8)))
        {
            if (!TakeOne(current, tree, item, held, isWhole: true, decided))
            {
                return false;
            }
        }

        var id = tree.Text(tree.Find(response, "id"u8));
        return _calls.Values.Any(one => !one.IsDone && one.First.Tree is { } first && first.Text(first.Find(0, "response_id"u8)) == id)
            ? Refuse(ToolGateStop.Unfinished)
            : IsClear(tree, decided);
    }

    private bool TakeOne(StreamEvent current, JsonTree tree, int item, List<StreamEvent> held, bool isWhole, HashSet<int> decided)
    {
        if (tree.Text(tree.Find(item, "type"u8)) is not { } type || !(ResponseItems.IsCall(type) || ResponseItems.IsKnown(type)))
        {
            return IsUnknown();
        }

        if (!ResponseItems.IsSearched(type))
        {
            decided.Add(item);
        }

        if (!ResponseItems.IsCall(type))
        {
            return true;
        }

        if (tree.Text(tree.Find(item, "id"u8)) is not { } id)
        {
            return Contradicts();
        }

        if (!_calls.TryGetValue(id, out var one))
        {
            if (_calls.Count == MostCalls)
            {
                return Refuse(ToolGateStop.TooMuchHeld);
            }

            _calls[id] = one = new ResponseCall(type, current, tree, item);
        }

        if (isWhole && !Complete(current, tree, item, held, one))
        {
            return Contradicts();
        }

        if (one is { IsDone: true, Withheld: { } text })
        {
            current.Edits.Replace(tree, item, Message(id, isWhole ? text : null));
        }

        IsHolding = _calls.Values.Any(static call => !call.IsDone);
        return isWhole || !one.IsDone || one.Withheld is not null || Contradicts();
    }

    private bool Complete(StreamEvent current, JsonTree tree, int item, List<StreamEvent> held, ResponseCall one)
    {
        if (one.IsDone)
        {
            return one.IsRepeated(tree, item);
        }

        if (!one.End(tree, item))
        {
            return false;
        }

        one.Withheld = decider.Withheld(one.Tool, one.Arguments);
        if (one.Withheld is { } text)
        {
            foreach (var waiting in held.Where(waiting => waiting != current))
            {
                Withhold(waiting, one.Id!);
            }

            if (tree.TextIs(tree.Find(0, "type"u8), "response.output_item.done"))
            {
                AddText(current, tree, one.Id!, text);
            }
        }

        return true;
    }

    // What was said of the call until now.
    private static void Withhold(StreamEvent waiting, string id)
    {
        if (waiting.Tree is not { } tree)
        {
            return;
        }

        var item = tree.Find(0, "item"u8);
        if (tree.TextIs(tree.Find(item, "id"u8), id))
        {
            waiting.Edits.Replace(tree, item, Message(id, null));
        }

        waiting.IsDropped |= tree.TextIs(tree.Find(0, "item_id"u8), id);
    }

    private static byte[] Message(string id, string? text) => GateText.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("id", id);
        writer.WriteString("object", "realtime.item");
        writer.WriteString("type", "message");
        writer.WriteString("status", text is null ? "in_progress" : "completed");
        writer.WriteString("role", "assistant");
        writer.WriteStartArray("content");
        if (text is not null)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "output_text");
            writer.WriteString("text", text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>The events of a text, before the one that says that the item is done.</summary>
    private static void AddText(StreamEvent place, JsonTree tree, string id, string text)
    {
        var (response, index) = (tree.Text(tree.Find(0, "response_id"u8)), tree.Index(tree.Find(0, "output_index"u8)) ?? 0);
        Say("response.content_part.added", static writer => Part(writer, ""));
        Say("response.output_text.delta", writer => writer.WriteString("delta", text));
        Say("response.output_text.done", writer => writer.WriteString("text", text));
        Say("response.content_part.done", writer => Part(writer, text));

        void Say(string type, Action<Utf8JsonWriter> rest) => place.Before.Add(new OwnEvent(type, GateText.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteString("event_id", $"event_{id}_{place.Before.Count}");
            writer.WriteString("response_id", response);
            writer.WriteString("item_id", id);
            writer.WriteNumber("output_index", index);
            writer.WriteNumber("content_index", 0);
            rest(writer);
            writer.WriteEndObject();
        })));

        static void Part(Utf8JsonWriter writer, string words)
        {
            writer.WriteStartObject("part");
            writer.WriteString("type", "text");
            writer.WriteString("text", words);
            writer.WriteEndObject();
        }
    }
}
