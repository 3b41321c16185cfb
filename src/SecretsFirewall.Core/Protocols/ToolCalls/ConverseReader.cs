using System.Text;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// The stream of Bedrock's Converse (WIRE.md section 2.6), and of models whose own events are the same. A block of words has no start; a call is complete at its
/// <c>contentBlockStop</c>, and until then its events wait.
/// </summary>
/// <param name="isWrapped">The event's name is the one member of what it says.</param>
internal sealed class ConverseReader(CallDecider decider, bool isWrapped) : EventReader
{
    private readonly StringBuilder _arguments = new();
    private State _state;
    private int _next;
    private Block _block;
    private string _tool = "";
    private StreamEvent? _start;
    private bool _hasAllowed;
    private bool _hasWithheld;

    private enum State
    {
        Before = 0,
        Between,
        InBlock,
        After,
    }

    private enum Block
    {
        Words = 0,
        Call,
        CallOfProvider,
    }

    public static bool IsOne(StreamEvent first, JsonTree tree) => first.Name is { } name ? IsType(name) : TypeNode(tree) is var node and >= 0 && IsType(tree.Name(node));

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        var body = isWrapped ? TypeNode(tree) : 0;
        return (isWrapped ? tree.Name(Math.Max(body, 0)) : current.Name) switch
        {
            "messageStart" when _state is State.Before => Start(tree),
            "contentBlockStart" when _state is State.Between => StartBlock(current, tree, body),
            "contentBlockDelta" when _state is State.Between or State.InBlock => Continue(tree, body),
            "contentBlockStop" when _state is State.InBlock => StopBlock(tree, body, held),
            "messageStop" when _state is State.Between => Finish(current, tree, body),
            "metadata" when _state is not State.InBlock => IsClear(tree),
            { } type when IsType(type) => Contradicts(),
            _ => IsUnknown(),
        };
    }

    // A stream that breaks off between blocks is for the client to judge; within a call nothing of it has left.
    public override bool End(List<StreamEvent> held) => !IsHolding || Refuse(ToolGateStop.Unfinished);

    public override bool Fail(StreamEvent current, List<StreamEvent> held)
    {
        Forget(current, held);
        (_start, _state) = (null, State.After);
        return IsClear(current.Tree);
    }

    private static bool IsType(string name) =>
        name is "messageStart" or "contentBlockStart" or "contentBlockDelta" or "contentBlockStop" or "messageStop" or "metadata";

    // Bedrock adds its own measurements to the last event.
    private static int TypeNode(JsonTree tree)
    {
        var nodes = tree.Children(0).Where(member => tree.Name(member) != "amazon-bedrock-invocationMetrics").ToList();
        return nodes.Count == 1 ? nodes[0] : JsonTree.None;
    }

    private bool Start(JsonTree tree)
    {
        _state = State.Between;
        return IsClear(tree);
    }

    private bool StartBlock(StreamEvent current, JsonTree tree, int body)
    {
        var start = tree.Find(body, "start"u8);
        if (Index(tree, body) is not { } index || index < _next || !(tree.IsNothing(start) || tree.IsObject(start)))
        {
            return Contradicts();
        }

        (_state, _next, _block) = (State.InBlock, index, Block.Words);
        var call = tree.Find(start, "toolUse"u8);
        if (tree.IsNothing(call))
        {
            var kind = ConverseBlocks.Only(tree, start);
            return !tree.IsObject(start) || tree.IsEmpty(start) || (kind >= 0 && ConverseBlocks.IsKnown(tree.Name(kind))) ? IsClear(tree) : IsUnknown();
        }

        if (ConverseBlocks.IsRunByAgent(tree, call) is not { } isOurs)
        {
            return IsUnknown();
        }

        // The input of a call comes in deltas; nobody says which counts where it is there at once.
        if (ConverseBlocks.Only(tree, start) != call || tree.Text(tree.Find(call, "name"u8)) is not { Length: > 0 } name || !tree.IsNothing(tree.Find(call, "input"u8)))
        {
            return Contradicts();
        }

        _block = isOurs ? Block.Call : Block.CallOfProvider;
        if (isOurs)
        {
            (_tool, _start, IsHolding) = (name, current, true);
            _arguments.Clear();
        }

        return IsClear(tree, [call]);
    }

    private bool Continue(JsonTree tree, int body)
    {
        if (Index(tree, body) is not { } index || (_state is State.Between ? index < _next : index != _next))
        {
            return Contradicts();
        }

        // Words begin with their first delta.
        (_block, _state, _next) = (_state is State.Between ? Block.Words : _block, State.InBlock, index);
        var delta = tree.Find(body, "delta"u8);
        var kind = ConverseBlocks.Only(tree, delta);
        if (kind < 0)
        {
            return Contradicts();
        }

        var isInput = tree.NameIs(kind, "toolUse"u8);
        if (isInput != _block is Block.Call or Block.CallOfProvider)
        {
            return isInput || ConverseBlocks.IsKnown(tree.Name(kind)) ? Contradicts() : IsUnknown();
        }

        if (!isInput)
        {
            return ConverseBlocks.IsKnown(tree.Name(kind)) ? IsClear(tree) : IsUnknown();
        }

        if (tree.Text(tree.Find(kind, "input"u8)) is not { } piece)
        {
            return Contradicts();
        }

        if (_start is not null)
        {
            _arguments.Append(piece);
        }

        return IsClear(tree, [kind]);
    }

    private bool StopBlock(JsonTree tree, int body, List<StreamEvent> held)
    {
        if (Index(tree, body) != _next)
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
            // The end of the block stays: it is that of any other.
            _hasWithheld = true;
            foreach (var one in held.SkipWhile(one => one != _start).SkipLast(1).Where(static one => one.Tree is not null))
            {
                one.IsDropped = true;
            }

            _start!.Before.Add(Words(text));
        }

        (_start, IsHolding) = (null, false);
        _arguments.Clear();
    }

    private OwnEvent Words(string text)
    {
        const string Type = "contentBlockDelta";
        return new OwnEvent(Type, GateText.Json(writer =>
        {
            writer.WriteStartObject();
            if (isWrapped)
            {
                writer.WriteStartObject(Type);
            }

            writer.WriteNumber("contentBlockIndex", _next);
            writer.WriteStartObject("delta");
            writer.WriteString("text", text);
            writer.WriteEndObject();
            if (isWrapped)
            {
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }));
    }

    private bool Finish(StreamEvent current, JsonTree tree, int body)
    {
        _state = State.After;
        var reason = tree.Find(body, "stopReason"u8);
        if (_hasWithheld && !_hasAllowed && tree.TextIs(reason, "tool_use"))
        {
            current.Edits.Replace(tree, reason, [.. "\"end_turn\""u8]);
        }

        return IsClear(tree);
    }

    private static int? Index(JsonTree tree, int body) => tree.Index(tree.Find(body, "contentBlockIndex"u8));
}
