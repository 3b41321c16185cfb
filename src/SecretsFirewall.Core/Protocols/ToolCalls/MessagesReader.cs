using System.Text;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// Anthropic's stream (WIRE.md section 2.4): blocks one after the other, each opened, continued and closed under its index. A call is complete at its
/// <c>content_block_stop</c>; until then its events wait.
/// </summary>
internal sealed class MessagesReader(CallDecider decider) : EventReader
{
    private readonly StringBuilder _arguments = new();
    private State _state;
    private int _next;
    private string _block = "";
    private string _tool = "";
    private StreamEvent? _start;
    private bool _hasAllowed;
    private bool _hasWithheld;

    private enum State
    {
        Before = 0,
        Between,
        InBlock,
        Closing,
        After,
    }

    public static bool IsType(string type) =>
        type is "message_start" or "message_delta" or "message_stop" or "content_block_start" or "content_block_delta" or "content_block_stop" or "ping";

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        return tree.Text(tree.Find(0, "type"u8)) switch
        {
            "ping" => IsClear(tree),
            "error" => Fail(current, held),
            "message_start" when _state is State.Before => StartMessage(tree),
            "content_block_start" when _state is State.Between => StartBlock(current, tree),
            "content_block_delta" when _state is State.InBlock => Continue(tree),
            "content_block_stop" when _state is State.InBlock => StopBlock(tree, held),
            "message_delta" when _state is State.Between or State.Closing => Close(current, tree),
            "message_stop" when _state is State.Between or State.Closing => Finish(tree),
            { } type when IsType(type) => Contradicts(),
            _ => IsUnknown(),
        };
    }

    // A stream that breaks off between blocks is for the client to judge; within a call nothing of it has left.
    public override bool End(List<StreamEvent> held) => !IsHolding || Refuse(ToolGateStop.Unfinished);

    public override bool Fail(StreamEvent current, List<StreamEvent> held)
    {
        foreach (var one in held.SkipWhile(one => one != _start).Where(IsOfBlock))
        {
            one.IsDropped = true;
        }

        (_start, IsHolding, _state) = (null, false, State.After);
        return IsClear(current.Tree);
    }

    private bool StartMessage(JsonTree tree)
    {
        _state = State.Between;
        var content = tree.Find(tree.Find(0, "message"u8), "content"u8);
        return tree.IsNothing(content) || (tree.IsArray(content) && tree.IsEmpty(content)) ? IsClear(tree) : Contradicts();
    }

    private bool StartBlock(StreamEvent current, JsonTree tree)
    {
        var block = tree.Find(0, "content_block"u8);
        if (tree.Index(tree.Find(0, "index"u8)) != _next || tree.Text(tree.Find(block, "type"u8)) is not { } type)
        {
            return Contradicts();
        }

        (_state, _block) = (State.InBlock, type);
        if (!MessageBlocks.IsCall(type))
        {
            return MessageBlocks.IsKnown(type) ? IsClear(tree, MessageBlocks.IsRunByProvider(type) ? [block] : []) : IsUnknown();
        }

        // The input of a call comes in deltas. One that is there at once is run by some clients, and overwritten or ignored by others.
        var input = tree.Find(block, "input"u8);
        if (tree.Text(tree.Find(block, "name"u8)) is not { Length: > 0 } name || !(tree.IsNothing(input) || (tree.IsObject(input) && tree.IsEmpty(input))))
        {
            return Contradicts();
        }

        (_tool, _start, IsHolding) = (name, current, true);
        _arguments.Clear();
        return IsClear(tree, [block]);
    }

    private bool Continue(JsonTree tree)
    {
        var delta = tree.Find(0, "delta"u8);
        if (tree.Index(tree.Find(0, "index"u8)) != _next || !MessageBlocks.Continues(_block, tree.Text(tree.Find(delta, "type"u8))))
        {
            return Contradicts();
        }

        if (_start is not null)
        {
            if (tree.Text(tree.Find(delta, "partial_json"u8)) is not { } piece)
            {
                return Contradicts();
            }

            _arguments.Append(piece);
        }

        return IsClear(tree);
    }

    private bool StopBlock(JsonTree tree, List<StreamEvent> held)
    {
        if (tree.Index(tree.Find(0, "index"u8)) != _next)
        {
            return Contradicts();
        }

        if (_start is not null)
        {
            Decide(held);
        }

        _state = State.Between;
        _next++;
        return IsClear(tree);
    }

    private void Decide(List<StreamEvent> held)
    {
        var text = decider.Withheld(_tool, ToolArguments.OfText(_arguments.ToString()));
        _hasAllowed |= text is null;
        if (text is not null)
        {
            _hasWithheld = true;
            foreach (var one in held.SkipWhile(one => one != _start).Where(IsOfBlock))
            {
                one.IsDropped = true;
            }

            _start!.Before.AddRange([
                new OwnEvent("content_block_start", Encoding.UTF8.GetBytes($$$"""{"type":"content_block_start","index":{{{_next}}},"content_block":{"type":"text","text":""}}""")),
                new OwnEvent("content_block_delta", [.. Encoding.UTF8.GetBytes($$$"""{"type":"content_block_delta","index":{{{_next}}},"delta":{"type":"text_delta","text":"""), .. GateText.String(text), .. "}}"u8]),
                new OwnEvent("content_block_stop", Encoding.UTF8.GetBytes($$$"""{"type":"content_block_stop","index":{{{_next}}}}""")),
            ]);
        }

        (_start, IsHolding) = (null, false);
        _arguments.Clear();
    }

    // Pings and comments that came in between stay.
    private static bool IsOfBlock(StreamEvent one) =>
        one.Tree is { } tree && tree.Text(tree.Find(0, "type"u8)) is { } type && type.StartsWith("content_block", StringComparison.Ordinal);

    private bool Close(StreamEvent current, JsonTree tree)
    {
        _state = State.Closing;
        var reason = tree.Find(tree.Find(0, "delta"u8), "stop_reason"u8);
        if (_hasWithheld && !_hasAllowed && tree.TextIs(reason, "tool_use"))
        {
            current.Edits.Replace(tree, reason, [.. "\"end_turn\""u8]);
        }

        return IsClear(tree);
    }

    private bool Finish(JsonTree tree)
    {
        _state = State.After;
        return IsClear(tree);
    }
}
