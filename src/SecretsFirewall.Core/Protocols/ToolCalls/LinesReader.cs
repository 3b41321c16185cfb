namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// Ollama's stream (WIRE.md section 2.7) and results of batches, in which each line holds the whole answer to one request: calls stand whole in one line, so that none need
/// wait. Lines of other answers may hold nothing like a call.
/// </summary>
internal sealed class LinesReader(CallDecider decider, string decisionId) : EventReader
{
    private readonly OllamaCalls _calls = new(decider);
    private bool _isOver;

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        if (!OllamaCalls.IsOne(tree))
        {
            return BatchResult.AnswerIn(tree) is { } answer ? TakeResult(current, tree, answer) : IsClear(tree);
        }

        // Some clients stop at the line that says so, others go on.
        if (_isOver)
        {
            return Contradicts();
        }

        var decided = new HashSet<int>();
        var stop = _calls.Take(tree, current.Edits, decided);
        _isOver |= tree.IsTrue(tree.Find(0, "done"u8));
        return stop is ToolGateStop.None ? IsClear(tree, decided) : Refuse(stop);
    }

    private bool TakeResult(StreamEvent current, JsonTree tree, int answer)
    {
        var stop = BatchResult.Gate(tree, answer, decider, decisionId, current.Edits);
        return stop is ToolGateStop.None ? IsClear(tree, [answer]) : Refuse(stop);
    }

    public override bool End(List<StreamEvent> held) => true;

    public override bool Fail(StreamEvent current, List<StreamEvent> held) => IsUnknown();
}
