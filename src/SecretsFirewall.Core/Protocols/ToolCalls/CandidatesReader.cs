namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Gemini's stream: each event is an answer of its own, and none need wait.</summary>
internal sealed class CandidatesReader(CallDecider decider) : EventReader
{
    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        if (!CandidatesBody.IsOne(tree, 0) && !tree.IsObject(tree.Find(0, "error"u8)))
        {
            return IsUnknown();
        }

        var decided = new HashSet<int>();
        var stop = CandidatesBody.Gate(tree, 0, decider, current.Edits, decided);
        return stop is ToolGateStop.None ? IsClear(tree, decided) : Refuse(stop);
    }

    public override bool End(List<StreamEvent> held) => true;
}
