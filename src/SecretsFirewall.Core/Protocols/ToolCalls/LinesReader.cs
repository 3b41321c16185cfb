namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Ollama's stream (WIRE.md section 2.7): calls stand whole in one line, so that none need wait. Lines of other answers may hold nothing like a call.</summary>
internal sealed class LinesReader(CallDecider decider) : EventReader
{
    private readonly OllamaCalls _calls = new(decider);
    private bool _isOver;

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        if (!OllamaCalls.IsOne(tree))
        {
            return IsClear(tree);
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

    public override bool End(List<StreamEvent> held) => true;

    public override bool Fail(StreamEvent current, List<StreamEvent> held) => IsUnknown();
}
