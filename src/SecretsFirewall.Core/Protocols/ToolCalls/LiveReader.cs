namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// Gemini's Live (WIRE.md section 2.5): calls stand whole in <c>toolCall</c>, and may stand in the parts of what the model says. Where all calls of a message are withheld the
/// turn ends with our words: the model waits for no answer once the client says something else.
/// </summary>
internal sealed class LiveReader(CallDecider decider) : EventReader
{
    private const string ToolCall = "toolCall";

    private static readonly HashSet<string> Members = new(StringComparer.Ordinal)
    {
        "setupComplete", "serverContent", ToolCall, "toolCallCancellation", "usageMetadata", "goAway", "sessionResumptionUpdate", "voiceActivityDetectionSignal", "voiceActivity",
    };

    private static readonly HashSet<string> CallMembers = new(StringComparer.Ordinal) { "id", "name", "args" };

    private readonly CandidateCalls _calls = new(decider);

    public static bool IsOne(JsonTree tree) => tree.Children(0).Any() && tree.Children(0).All(member => Members.Contains(tree.Name(member)));

    public override bool Take(StreamEvent current, List<StreamEvent> held)
    {
        var tree = current.Tree!;
        if (!IsOne(tree))
        {
            return IsUnknown();
        }

        var decided = new HashSet<int>();
        var stop = _calls.TakeContent(tree, 0, tree.Find(tree.Find(0, "serverContent"u8), "modelTurn"u8), current.Edits, decided);
        IsHolding = _calls.IsOpen;
        if (stop is ToolGateStop.None)
        {
            stop = TakeCalls(current, tree, decided);
        }

        return stop is ToolGateStop.None ? IsClear(tree, decided) : Refuse(stop);
    }

    public override bool End(List<StreamEvent> held) => !IsHolding || Refuse(ToolGateStop.Unfinished);

    public override bool Fail(StreamEvent current, List<StreamEvent> held) => IsUnknown();

    private ToolGateStop TakeCalls(StreamEvent current, JsonTree tree, HashSet<int> decided)
    {
        var all = tree.Find(0, "toolCall"u8);
        if (tree.IsNothing(all))
        {
            return ToolGateStop.None;
        }

        var list = tree.Find(all, "functionCalls"u8);
        if (!tree.IsArray(list) || tree.Children(all).Count() != 1)
        {
            return ToolGateStop.UnknownShape;
        }

        decided.Add(all);
        var withheld = new Dictionary<int, string>();
        foreach (var call in tree.Children(list))
        {
            var arguments = tree.Find(call, "args"u8);
            if (!tree.IsObject(call) || !tree.Children(call).All(member => CallMembers.Contains(tree.Name(member))) || !(tree.IsNothing(arguments) || tree.IsObject(arguments)))
            {
                return ToolGateStop.UnknownShape;
            }

            if (tree.Text(tree.Find(call, "name"u8)) is not { Length: > 0 } name)
            {
                return ToolGateStop.Contradiction;
            }

            if (decider.Withheld(name, tree.IsNothing(arguments) ? "{}" : ToolArguments.OfJson(tree.Raw(arguments).ToArray())) is { } text)
            {
                withheld[call] = text;
            }
        }

        if (withheld.Count > 0)
        {
            var isEmpty = current.Edits.Remove(tree, list, withheld.ContainsKey);
            current.IsDropped = isEmpty && tree.Children(0).Count() == 1;
            current.Before.Add(new OwnEvent(null, Words(GateText.Join(withheld.Values), isEmpty)));
        }

        return ToolGateStop.None;
    }

    private static byte[] Words(string text, bool endsTurn) => GateText.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("serverContent");
        writer.WriteStartObject("modelTurn");
        writer.WriteString("role", "model");
        writer.WriteStartArray("parts");
        writer.WriteStartObject();
        writer.WriteString("text", text);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        if (endsTurn)
        {
            writer.WriteBoolean("turnComplete", true);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    });
}
