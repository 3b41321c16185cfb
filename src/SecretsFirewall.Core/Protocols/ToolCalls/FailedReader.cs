namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>A stream that begins with an error: nothing else follows.</summary>
internal sealed class FailedReader : EventReader
{
    private bool _hasFailed;

    public override bool Take(StreamEvent current, List<StreamEvent> held) => Fail(current, held);

    public override bool End(List<StreamEvent> held) => true;

    public override bool Fail(StreamEvent current, List<StreamEvent> held)
    {
        if (_hasFailed)
        {
            return Contradicts();
        }

        _hasFailed = true;
        return IsClear(current.Tree);
    }
}
