namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// A line of a batch's results: Anthropic's <c>{custom_id, result: {message}}</c> (WIRE.md section 2.4), OpenAI's <c>{custom_id, response: {body}}</c>, Gemini's <c>{key, response}</c>. What
/// is in it is an answer as any other.
/// </summary>
internal static class BatchResult
{
    /// <summary>Where the answer stands; null where the line has none.</summary>
    public static int? AnswerIn(JsonTree tree)
    {
        if (tree.IsNothing(tree.Find(0, "custom_id"u8)) && tree.IsNothing(tree.Find(0, "key"u8)))
        {
            return null;
        }

        var response = tree.Find(0, "response"u8);
        return new[] { tree.Find(tree.Find(0, "result"u8), "message"u8), tree.Find(response, "body"u8), response }.Where(tree.IsObject).Select(static node => (int?)node).FirstOrDefault();
    }

    public static ToolGateStop Gate(JsonTree tree, int answer, CallDecider decider, string decisionId, JsonEdits edits)
    {
        using var gate = new JsonGate(decider, decisionId, ToolGate.MaxHeldBytes);
        using var output = new TrafficBytes();
        var raw = tree.Raw(answer);
        var stop = gate.Write(raw, output) is not ToolGateStop.None and var tooMuch ? tooMuch : gate.Complete(output);
        if (stop is ToolGateStop.None && !output.Written.Span.SequenceEqual(raw))
        {
            edits.Replace(tree, answer, output.Written.ToArray());
        }

        return stop;
    }
}
