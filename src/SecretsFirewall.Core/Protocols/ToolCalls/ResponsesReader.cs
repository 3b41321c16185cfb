using System.Text.Json;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// OpenAI's Responses stream (WIRE.md section 2.2). An item is complete at its <c>output_item.done</c>; from a call's first event until then everything waits. At the
/// end the whole answer is said again: it must agree, and withheld calls are replaced there too.
/// </summary>
internal sealed class ResponsesReader(CallDecider decider, string decisionId) : EventReader
{
    private readonly List<ResponseCall> _items = [];
    private readonly Dictionary<StreamEvent, int> _replaced = [];
    private long _shift;
    private bool _isOver;

    /// <summary>It has said its last word.</summary>
    public bool IsOver => _isOver;

    public static bool IsType(string type) => type.StartsWith("response.", StringComparison.Ordinal);

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        if (_isOver)
        {
            return Contradicts();
        }

        return tree.Text(tree.Find(0, "type"u8)) switch
        {
            "error" => Fail(current, held),
            "keepalive" => IsClear(tree),
            "response.created" or "response.in_progress" or "response.queued" => Begin(tree),
            "response.output_item.added" => Add(current, tree),
            "response.output_item.done" => Complete(tree, held),
            "response.function_call_arguments.delta" => Continue(tree, "function_call"),
            "response.function_call_arguments.done" => EndArguments(tree, "function_call", "arguments"u8),
            "response.custom_tool_call_input.delta" => Continue(tree, "custom_tool_call"),
            "response.custom_tool_call_input.done" => EndArguments(tree, "custom_tool_call", "input"u8),
            "response.shell_call_command.added" => ContinuePart(tree, "shell_call", "command"u8),
            "response.shell_call_command.delta" => ContinuePart(tree, "shell_call", "delta"u8),
            "response.shell_call_command.done" => EndPart(tree, "shell_call", "command"u8),
            "response.apply_patch_call_operation_diff.delta" => ContinuePart(tree, "apply_patch_call", "delta"u8),
            "response.apply_patch_call_operation_diff.done" => EndPart(tree, "apply_patch_call", "diff"u8),
            "response.completed" or "response.incomplete" or "response.failed" => Finish(current, tree),
            { } type when IsType(type) && (ItemOf(tree) is not { IsCall: true } || IsProgress(type)) => IsClear(tree),
            _ => IsUnknown(),
        };
    }

    // How far something is, and nothing that could be a part of a call.
    private static bool IsProgress(string type) =>
        type.EndsWith(".in_progress", StringComparison.Ordinal) || type.EndsWith(".completed", StringComparison.Ordinal) || type.EndsWith(".failed", StringComparison.Ordinal);

    public override bool End(List<StreamEvent> held) => !IsHolding || Refuse(ToolGateStop.Unfinished);

    public override bool Fail(StreamEvent current, List<StreamEvent> held)
    {
        Forget(current, held);
        _isOver = true;
        return IsClear(current.Tree);
    }

    public override void Release(StreamEvent current)
    {
        if (current.Tree is not { } tree)
        {
            return;
        }

        var node = tree.Find(0, "sequence_number"u8);
        var number = tree.Number(node) + _shift;
        if (_replaced.Remove(current, out var item))
        {
            AddGroup(current, item, number);
            _shift += number is null ? 0 : current.Before.Count;
            number += current.Before.Count;
        }

        if (current.IsDropped)
        {
            _shift -= number is null ? 0 : 1;
        }
        else if (_shift != 0 && number is { } changed)
        {
            current.Edits.Replace(tree, node, GateText.Json(writer => writer.WriteNumberValue(changed)));
        }
    }

    private bool Begin(JsonTree tree)
    {
        var output = tree.Find(tree.Find(0, "response"u8), "output"u8);
        return tree.IsNothing(output) || (tree.IsArray(output) && tree.IsEmpty(output)) ? IsClear(tree) : Contradicts();
    }

    private bool Add(StreamEvent current, JsonTree tree)
    {
        var item = tree.Find(0, "item"u8);
        if (tree.Index(tree.Find(0, "output_index"u8)) != _items.Count || tree.Text(tree.Find(item, "type"u8)) is not { } type)
        {
            return Contradicts();
        }

        if (!ResponseItems.IsCall(type) && !ResponseItems.IsKnown(type))
        {
            return IsUnknown();
        }

        _items.Add(new ResponseCall(type, current, tree, item));
        IsHolding |= ResponseItems.IsCall(type);
        return IsClear(tree, ResponseItems.IsSearched(type) ? [] : [item]);
    }

    private bool Complete(JsonTree tree, List<StreamEvent> held)
    {
        var item = tree.Find(0, "item"u8);
        if (ItemOf(tree) is not { } one || !one.End(tree, item))
        {
            return Contradicts();
        }

        if (one.IsCall)
        {
            one.Withheld = decider.Withheld(one.Tool, one.Arguments);
            if (one.Withheld is not null)
            {
                Withhold(one, held);
            }

            IsHolding = _items.Exists(static other => other.IsCall && !other.IsDone);
        }

        return IsClear(tree, ResponseItems.IsSearched(one.Type) ? [] : [item]);
    }

    private void Withhold(ResponseCall one, List<StreamEvent> held)
    {
        var index = _items.IndexOf(one);
        _replaced[one.First] = index;
        foreach (var waiting in held.SkipWhile(waiting => waiting != one.First))
        {
            waiting.IsDropped |= waiting.Tree is { } tree && tree.Index(tree.Find(0, "output_index"u8)) == index;
        }
    }

    private bool Continue(JsonTree tree, string type) =>
        ItemOf(tree) is { } one && IsNamed(tree, one) && one.Continue(type, tree.Text(tree.Find(0, "delta"u8))) ? IsClear(tree) : Contradicts();

    private bool EndArguments(JsonTree tree, string type, ReadOnlySpan<byte> member) =>
        ItemOf(tree) is { } one && IsNamed(tree, one) && one.EndArguments(type, tree.Text(tree.Find(0, member)), tree.Text(tree.Find(0, "name"u8)))
            ? IsClear(tree) : Contradicts();

    private bool ContinuePart(JsonTree tree, string type, ReadOnlySpan<byte> member) =>
        PartOf(tree, type) is { } part && part.Continue(tree.Text(tree.Find(0, member))) ? IsClear(tree) : Contradicts();

    private bool EndPart(JsonTree tree, string type, ReadOnlySpan<byte> member) =>
        PartOf(tree, type) is { } part && part.End(tree.Text(tree.Find(0, member))) ? IsClear(tree) : Contradicts();

    private ResponsePieces? PartOf(JsonTree tree, string type)
    {
        var index = tree.Find(0, "command_index"u8);
        return ItemOf(tree) is { } one && IsNamed(tree, one) && (tree.IsNothing(index) ? 0 : tree.Index(index)) is { } part ? one.Part(type, part) : null;
    }

    private ResponseCall? ItemOf(JsonTree tree) => tree.Index(tree.Find(0, "output_index"u8)) is { } index && index < _items.Count ? _items[index] : null;

    // Some clients find the item by its id, others by its place.
    private static bool IsNamed(JsonTree tree, ResponseCall one) => tree.Text(tree.Find(0, "item_id"u8)) is not { } id || id == one.Id;

    private bool Finish(StreamEvent current, JsonTree tree)
    {
        _isOver = true;
        var response = tree.Find(0, "response"u8);
        var decided = new HashSet<int>();
        if (_items.Exists(static one => one.IsCall && !one.IsDone))
        {
            return Refuse(ToolGateStop.Unfinished);
        }

        var index = 0;
        foreach (var item in tree.Children(tree.Find(response, "output"u8)))
        {
            if (index == _items.Count || !IsRepeated(tree, item, _items[index]))
            {
                return Contradicts();
            }

            if (!ResponseItems.IsSearched(_items[index].Type))
            {
                decided.Add(item);
            }

            if (_items[index].Withheld is { } text)
            {
                var id = MessageId(index);
                current.Edits.Replace(tree, item, GateText.Json(writer => ResponseItems.WriteMessage(writer, id, text)));
            }

            index++;
        }

        var texts = tree.Find(response, "output_text"u8);
        if (tree.IsString(texts) && _items.Exists(static one => one.Withheld is not null))
        {
            current.Edits.Insert(tree.End(texts) - 1, GateText.Content(GateText.Join(_items.Select(static one => one.Withheld).OfType<string>())));
        }

        return IsClear(tree, decided);
    }

    // Words are only words, complete or not.
    private static bool IsRepeated(JsonTree tree, int item, ResponseCall one) =>
        one.IsCall ? one.IsRepeated(tree, item) : tree.TextIs(tree.Find(item, "type"u8), one.Type);

    private string MessageId(int index) => $"msg_{decisionId}_{index}";

    /// <summary>The events of an ordinary message with one text, in the place of the item.</summary>
    private void AddGroup(StreamEvent place, int index, long? number)
    {
        var (id, text) = (MessageId(index), _items[index].Withheld!);
        Say("response.output_item.added", writer => Item(writer, null));
        Say("response.content_part.added", writer => Part(writer, ""));
        Say("response.output_text.delta", writer => Words(writer, "delta"));
        Say("response.output_text.done", writer => Words(writer, "text"));
        Say("response.content_part.done", writer => Part(writer, text));
        Say("response.output_item.done", writer => Item(writer, text));

        void Say(string type, Action<Utf8JsonWriter> rest)
        {
            var sequence = number + place.Before.Count;
            place.Before.Add(new OwnEvent(type, GateText.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("type", type);
                if (sequence is { } value)
                {
                    writer.WriteNumber("sequence_number", value);
                }

                writer.WriteNumber("output_index", index);
                rest(writer);
                writer.WriteEndObject();
            })));
        }

        void Item(Utf8JsonWriter writer, string? words)
        {
            writer.WritePropertyName("item");
            ResponseItems.WriteMessage(writer, id, words);
        }

        void Part(Utf8JsonWriter writer, string words)
        {
            writer.WriteString("item_id", id);
            writer.WriteNumber("content_index", 0);
            writer.WritePropertyName("part");
            ResponseItems.WritePart(writer, words);
        }

        void Words(Utf8JsonWriter writer, string member)
        {
            writer.WriteString("item_id", id);
            writer.WriteNumber("content_index", 0);
            writer.WriteString(member, text);
            writer.WriteStartArray("logprobs");
            writer.WriteEndArray();
        }
    }
}
