namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// The stream of Chat Completions and its kin (WIRE.md sections 2.1 and 2.8). No event says that a call is complete, and clients run a call that comes after the finish
/// reason; so from the first call on everything waits for the end.
/// </summary>
internal sealed class ChatReader(CallDecider decider) : EventReader
{
    private readonly Dictionary<int, ChatChoice> _choices = [];
    private bool _isOver;

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        if (tree.IsObject(tree.Find(0, "error"u8)) && tree.IsNothing(tree.Find(0, "choices"u8)))
        {
            return Fail(current, held);
        }

        var choices = tree.Find(0, "choices"u8);
        if (_isOver || current.Name is not (null or "message"))
        {
            return Refuse(_isOver ? ToolGateStop.Contradiction : ToolGateStop.EventName);
        }

        if (!tree.IsArray(choices))
        {
            return IsUnknown();
        }

        var decided = new HashSet<int>();
        foreach (var choice in tree.Children(choices))
        {
            if (!TakeChoice(tree, choice, decided))
            {
                return Contradicts();
            }
        }

        return IsClear(tree, decided);
    }

    public override bool Fail(StreamEvent current, List<StreamEvent> held)
    {
        Forget(current, held);
        _isOver = true;
        return IsClear(current.Tree);
    }

    public override bool End(List<StreamEvent> held)
    {
        if (_isOver)
        {
            return true;
        }

        _isOver = true;
        if (!IsHolding)
        {
            return true;
        }

        if (_choices.Values.Any(static choice => choice.Calls.Count > 0 && !choice.IsFinished))
        {
            return Refuse(ToolGateStop.Unfinished);
        }

        foreach (var (_, choice) in _choices.OrderBy(static pair => pair.Key))
        {
            foreach (var call in choice.Calls)
            {
                call.Withheld = decider.Withheld(call.Name, call.Arguments);
            }
        }

        foreach (var one in held.Where(static one => one.Tree is not null))
        {
            Rewrite(one, one.Tree!);
        }

        IsHolding = false;
        return true;
    }

    private bool TakeChoice(JsonTree tree, int node, HashSet<int> decided)
    {
        if (tree.Index(tree.Find(node, "index"u8)) is not { } index)
        {
            return false;
        }

        if (!_choices.TryGetValue(index, out var choice))
        {
            _choices[index] = choice = new ChatChoice();
        }

        var delta = tree.Find(node, "delta"u8);
        var calls = tree.Find(delta, "tool_calls"u8);
        var legacy = tree.Find(delta, "function_call"u8);
        if (!(tree.IsNothing(calls) || tree.IsArray(calls)) || !(tree.IsNothing(legacy) || tree.IsObject(legacy)))
        {
            return false;
        }

        if (tree.IsObject(legacy) || (tree.IsArray(calls) && !tree.IsEmpty(calls)))
        {
            // Clients run a call that comes too late all the same.
            if (choice.IsFinished)
            {
                return false;
            }

            IsHolding = true;
            decided.UnionWith([calls, legacy]);
        }

        foreach (var entry in tree.Children(calls))
        {
            if (IndexOf(tree, entry, calls) is not { } at || !TakeCall(choice, tree, entry, at, isLegacy: false))
            {
                return false;
            }
        }

        if (tree.IsObject(legacy) && !TakeCall(choice, tree, legacy, 0, isLegacy: true))
        {
            return false;
        }

        choice.IsFinished |= tree.IsString(tree.Find(node, "finish_reason"u8));
        if (!IsHolding)
        {
            var content = tree.Find(delta, "content"u8);
            choice.HasText |= tree.Text(content) is { Length: > 0 } || (tree.IsArray(content) && !tree.IsEmpty(content));
            choice.HasRole |= tree.IsString(tree.Find(delta, "role"u8));
        }

        return true;
    }

    // Mistral leaves the index out where there is but one call; of several, clients without it make one.
    private static int? IndexOf(JsonTree tree, int entry, int list)
    {
        var index = tree.Find(entry, "index"u8);
        return tree.IsNothing(index) && tree.Children(list).Count() == 1 && !tree.IsNothing(tree.Find(tree.Find(entry, "function"u8), "name"u8)) ? 0 : tree.Index(index);
    }

    // The last call goes on, or the next one begins: what came for an earlier one could change it after a client has run it.
    private static bool TakeCall(ChatChoice choice, JsonTree tree, int entry, int at, bool isLegacy)
    {
        var isFirst = at == choice.Calls.Count;
        if (isFirst)
        {
            choice.Calls.Add(new ChatCall(tree, entry, isLegacy));
        }

        return at == choice.Calls.Count - 1 && choice.Calls.TrueForAll(call => call.IsLegacy == isLegacy) && choice.Calls[at].Take(tree, entry, isFirst);
    }

    private void Rewrite(StreamEvent current, JsonTree tree)
    {
        var isEmpty = false;
        foreach (var node in tree.Children(tree.Find(0, "choices"u8)))
        {
            var choice = _choices[tree.Index(tree.Find(node, "index"u8))!.Value];
            if (choice.Calls.TrueForAll(static call => call.Withheld is null))
            {
                continue;
            }

            var delta = tree.Find(node, "delta"u8);
            var finish = tree.Find(node, "finish_reason"u8);
            var lists = tree.Children(delta).Where(member => IsCallList(tree, member)).ToList();
            if (lists.Count > 0 && !choice.HasToldReason)
            {
                choice.HasToldReason = true;
                current.Before.Add(Explanation(tree, node, choice));
            }

            var emptied = lists.Where(list => Thin(current.Edits, tree, list, choice)).ToList();
            isEmpty |= emptied.Count > 0 && current.Edits.Remove(tree, delta, emptied.Contains) && tree.IsNothing(finish);
            if (choice.Calls.TrueForAll(static call => call.Withheld is not null) && tree.Text(finish) is "tool_calls" or "function_call")
            {
                current.Edits.Replace(tree, finish, [.. "\"stop\""u8]);
            }
        }

        current.IsDropped = isEmpty && tree.Children(tree.Find(0, "choices"u8)).Count() == 1 && tree.IsNothing(tree.Find(0, "usage"u8));
    }

    private static bool IsCallList(JsonTree tree, int member) =>
        (tree.NameIs(member, "tool_calls"u8) && tree.IsArray(member) && !tree.IsEmpty(member)) || (tree.NameIs(member, "function_call"u8) && tree.IsObject(member));

    /// <summary>Takes withheld calls out and renumbers the others. True if none is left: the list goes, since providers take none that is empty.</summary>
    private static bool Thin(JsonEdits edits, JsonTree tree, int list, ChatChoice choice)
    {
        if (tree.IsObject(list))
        {
            return choice.Calls[0].Withheld is not null;
        }

        var gone = tree.Children(list).Where(entry => choice.Calls[CallIndex(tree, entry)].Withheld is not null).ToHashSet();
        var kept = tree.Children(list).Where(entry => !gone.Contains(entry)).ToList();
        if (kept.Count == 0)
        {
            return true;
        }

        if (gone.Count > 0)
        {
            edits.Remove(tree, list, gone.Contains);
        }

        foreach (var entry in kept)
        {
            var index = CallIndex(tree, entry);
            var renumbered = choice.Calls.Take(index).Count(static call => call.Withheld is null);
            if (renumbered != index)
            {
                edits.Replace(tree, tree.Find(entry, "index"u8), GateText.Json(writer => writer.WriteNumberValue(renumbered)));
            }
        }

        return false;
    }

    private static int CallIndex(JsonTree tree, int entry) => tree.Index(tree.Find(entry, "index"u8)) ?? 0;

    private static int Index(JsonTree tree, int entry) => tree.Index(tree.Find(entry, "index"u8))!.Value;

    /// <summary>An event of its own before the first one that had a call: the same envelope, and ordinary words.</summary>
    private static OwnEvent Explanation(JsonTree tree, int node, ChatChoice choice)
    {
        var text = GateText.Join(choice.Calls.Select(static call => call.Withheld).OfType<string>());
        return new OwnEvent(null, GateText.Json(writer =>
        {
            writer.WriteStartObject();
            foreach (var name in (string[])["id", "object", "created", "model"])
            {
                if (tree.Find(0, System.Text.Encoding.ASCII.GetBytes(name)) is var member and >= 0)
                {
                    writer.WritePropertyName(name);
                    writer.WriteRawValue(tree.Raw(member), skipInputValidation: true);
                }
            }

            writer.WriteStartArray("choices");
            writer.WriteStartObject();
            writer.WriteNumber("index", Index(tree, node));
            writer.WriteStartObject("delta");
            if (!choice.HasRole)
            {
                writer.WriteString("role", "assistant");
            }

            writer.WriteString("content", choice.HasText ? GateText.Gap + text : text);
            writer.WriteEndObject();
            writer.WriteNull("finish_reason");
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        }));
    }
}
