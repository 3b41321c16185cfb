namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Gemini's stream: each event is an answer of its own, and none need wait but those between which a call's arguments stand in pieces.</summary>
internal sealed class CandidatesReader(CallDecider decider) : EventReader
{
    private readonly CandidateCalls _calls = new(decider);
    private bool _hasFailed;

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        if (_hasFailed)
        {
            return Contradicts();
        }

        var tree = current.Tree!;
        if (tree.IsObject(tree.Find(0, "error"u8)))
        {
            return Fail(current, held);
        }

        if (!CandidateCalls.IsOne(tree, 0))
        {
            return IsUnknown();
        }

        var decided = new HashSet<int>();
        var stop = _calls.Take(tree, 0, current.Edits, decided);
        IsHolding = _calls.IsOpen;
        return stop is ToolGateStop.None ? IsClear(tree, decided) : Refuse(stop);
    }

    public override bool End(List<StreamEvent> held) => !IsHolding || Refuse(ToolGateStop.Unfinished);

    public override bool Fail(StreamEvent current, List<StreamEvent> held)
    {
        Forget(current, held);
        _hasFailed = true;
        return IsClear(current.Tree);
    }
}
