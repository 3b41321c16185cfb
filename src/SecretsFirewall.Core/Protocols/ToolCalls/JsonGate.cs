using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>The gate on an answer in one piece: nothing of it leaves before all of it was read.</summary>
internal sealed class JsonGate(CallDecider decider, string decisionId, int maxHeldBytes) : BodyGate(maxHeldBytes)
{
    private readonly TrafficBytes _body = new();

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        if (_body.Count + chunk.Length > MaxHeldBytes)
        {
            return ToolGateStop.TooMuchHeld;
        }

        _body.Append(chunk);
        return ToolGateStop.None;
    }

    public override ToolGateStop Complete(IBufferWriter<byte> output)
    {
        var body = _body.Written;
        if (body.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            output.Write(body.Span);
            return ToolGateStop.None;
        }

        if (JsonTree.Read(body) is not { } tree)
        {
            return ToolGateStop.NotStrictJson;
        }

        var edits = new JsonEdits();
        var decided = new HashSet<int>();
        var stop = Gate(tree, edits, decided);
        if (stop is ToolGateStop.None && (tree.IsAmbiguous || CallMarks.AnyOutside(tree, 0, decided)))
        {
            stop = ToolGateStop.UnknownShape;
        }

        if (stop is ToolGateStop.None)
        {
            edits.Apply(body.Span, output);
        }

        return stop;
    }

    public override void Dispose() => _body.Dispose();

    private ToolGateStop Gate(JsonTree tree, JsonEdits edits, HashSet<int> decided) =>
        MessagesBody.IsOne(tree) ? MessagesBody.Gate(tree, decider, edits, decided)
        : ResponsesBody.IsOne(tree) ? ResponsesBody.Gate(tree, decider, decisionId, edits, decided)
        : ChatBody.IsOne(tree) ? ChatBody.Gate(tree, decider, edits, decided)
        : ConverseBody.IsOne(tree) ? ConverseBody.Gate(tree, decider, edits, decided)
        : OllamaCalls.IsOne(tree) ? new OllamaCalls(decider).Take(tree, edits, decided)
        : GateCandidates(tree, edits, decided);

    private ToolGateStop GateCandidates(JsonTree tree, JsonEdits edits, HashSet<int> decided)
    {
        var calls = new CandidateCalls(decider);
        foreach (var chunk in Chunks(tree))
        {
            if (calls.Take(tree, chunk, edits, decided) is not ToolGateStop.None and var stop)
            {
                return stop;
            }
        }

        return calls.IsOpen ? ToolGateStop.Unfinished : ToolGateStop.None;
    }

    // Gemini streams one array where nobody asks for events.
    private static IEnumerable<int> Chunks(JsonTree tree) =>
        (tree.IsArray(0) ? tree.Children(0) : [0]).Where(node => CandidateCalls.IsOne(tree, node));
}
