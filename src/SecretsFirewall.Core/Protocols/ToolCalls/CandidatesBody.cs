namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>Gemini's answer, whole or one of its chunks (WIRE.md section 2.5): a call stands whole in one part.</summary>
internal static class CandidatesBody
{
    // Words, media, and what the provider itself has run.
    private static readonly HashSet<string> PartMembers = new(StringComparer.Ordinal)
    {
        "text", "thought", "thoughtSignature", "inlineData", "fileData", "videoMetadata", "partMetadata", "mediaResolution",
        "executableCode", "codeExecutionResult", "functionCall",
    };

    public static bool IsOne(JsonTree tree, int node) =>
        tree.IsArray(tree.Find(node, "candidates"u8)) || tree.IsObject(tree.Find(node, "usageMetadata"u8)) || tree.IsObject(tree.Find(node, "promptFeedback"u8));

    public static ToolGateStop Gate(JsonTree tree, int node, CallDecider decider, JsonEdits edits, HashSet<int> decided)
    {
        foreach (var part in tree.Children(tree.Find(node, "candidates"u8)).SelectMany(candidate => tree.Children(tree.Find(tree.Find(candidate, "content"u8), "parts"u8))))
        {
            if (!tree.Children(part).All(member => PartMembers.Contains(tree.Name(member))))
            {
                return ToolGateStop.UnknownShape;
            }

            var call = tree.Find(part, "functionCall"u8);
            if (tree.IsNothing(call))
            {
                continue;
            }

            // Arguments that come in pieces are not put together here yet.
            var arguments = tree.Find(call, "args"u8);
            if (tree.Text(tree.Find(call, "name"u8)) is not { Length: > 0 } name || !(tree.IsNothing(arguments) || tree.IsObject(arguments))
                || !tree.IsNothing(tree.Find(call, "partialArgs"u8)) || !tree.IsNothing(tree.Find(call, "willContinue"u8)))
            {
                return ToolGateStop.Contradiction;
            }

            decided.Add(call);
            if (decider.Withheld(name, tree.IsNothing(arguments) ? "{}" : ToolArguments.OfJson(tree.Raw(arguments).ToArray())) is { } text)
            {
                edits.Replace(tree, part, [.. "{\"text\":"u8, .. GateText.String(text), .. "}"u8]);
            }
        }

        return ToolGateStop.None;
    }
}
