namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>OpenAI's Responses over a WebSocket (WIRE.md section 2.2): one stream after the other, and errors between them.</summary>
internal sealed class ResponseTurnsReader(CallDecider decider, string decisionId) : EventReader
{
    private ResponsesReader? _turn;
    private int _turns;

    public static bool IsType(string type) => ResponsesReader.IsType(type) || IsBetween(type);

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var type = current.Tree!.Text(current.Tree.Find(0, "type"u8));
        if (_turn is null or { IsOver: true })
        {
            if (type is not "response.created")
            {
                return type is not null && IsBetween(type) ? IsClear(current.Tree) : IsUnknown();
            }

            _turn = new ResponsesReader(decider, $"{decisionId}_{_turns++}");
        }

        if (type is "codex.rate_limits")
        {
            return IsClear(current.Tree);
        }

        var goesOn = _turn.Take(current, held);
        IsHolding = _turn.IsHolding;
        return goesOn || Refuse(_turn.Stop);
    }

    public override bool End(List<StreamEvent> held) => !IsHolding || Refuse(ToolGateStop.Unfinished);

    public override bool Fail(StreamEvent current, List<StreamEvent> held) => IsUnknown();

    public override void Release(StreamEvent current) => _turn?.Release(current);

    // What says nothing about an answer: nothing in it is run.
    private static bool IsBetween(string type) => type is "error" or "keepalive" or "codex.rate_limits" || type.StartsWith("response.steer.", StringComparison.Ordinal);
}
