namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// The calls in Gemini's answer (WIRE.md section 2.5), whole or in chunks. A call stands whole in one part, or its arguments come in pieces over several: then it is
/// complete with the part that no longer says <c>willContinue</c>.
/// </summary>
internal sealed class CandidateCalls(CallDecider decider)
{
    // Words, media, and what the provider itself has run.
    private static readonly HashSet<string> PartMembers = new(StringComparer.Ordinal)
    {
        "text", "thought", "thoughtSignature", "inlineData", "fileData", "videoMetadata", "partMetadata", "mediaResolution", "mediaProcessing", "speechMetadata",
        "audioTranscription", "executableCode", "codeExecutionResult", "functionCall", "toolCall", "toolResponse",
    };

    // Of a call that the provider runs. Another API has functions for the agent under the same name.
    private static readonly HashSet<string> ProviderCallMembers = new(StringComparer.Ordinal) { "id", "toolType", "args" };

    private readonly Dictionary<int, OpenCall> _open = [];

    /// <summary>A call is not complete.</summary>
    public bool IsOpen => _open.Count > 0;

    public static bool IsOne(JsonTree tree, int node) =>
        tree.IsArray(tree.Find(node, "candidates"u8)) || tree.IsObject(tree.Find(node, "usageMetadata"u8)) || tree.IsObject(tree.Find(node, "promptFeedback"u8));

    /// <param name="node">One answer, or one chunk of it.</param>
    public ToolGateStop Take(JsonTree tree, int node, JsonEdits edits, HashSet<int> decided)
    {
        foreach (var candidate in tree.Children(tree.Find(node, "candidates"u8)))
        {
            var number = tree.Find(candidate, "index"u8);
            if ((tree.IsNothing(number) ? 0 : tree.Index(number)) is not { } index)
            {
                return ToolGateStop.Contradiction;
            }

            if (TakeContent(tree, index, tree.Find(candidate, "content"u8), edits, decided) is not ToolGateStop.None and var stop)
            {
                return stop;
            }
        }

        return ToolGateStop.None;
    }

    /// <param name="candidate">Whose pieces of a call belong together.</param>
    /// <param name="content">What has the parts.</param>
    public ToolGateStop TakeContent(JsonTree tree, int candidate, int content, JsonEdits edits, HashSet<int> decided)
    {
        foreach (var part in tree.Children(tree.Find(content, "parts"u8)))
        {
            if (TakePart(tree, candidate, part, edits, decided) is not ToolGateStop.None and var stop)
            {
                return stop;
            }
        }

        return ToolGateStop.None;
    }

    private ToolGateStop TakePart(JsonTree tree, int candidate, int part, JsonEdits edits, HashSet<int> decided)
    {
        if (!tree.Children(part).All(member => PartMembers.Contains(tree.Name(member))))
        {
            return ToolGateStop.UnknownShape;
        }

        var ofProvider = tree.Find(part, "toolCall"u8);
        if (!tree.IsNothing(ofProvider))
        {
            decided.Add(ofProvider);
            return tree.IsObject(ofProvider) && tree.Children(ofProvider).All(member => ProviderCallMembers.Contains(tree.Name(member)))
                ? ToolGateStop.None : ToolGateStop.UnknownShape;
        }

        var call = tree.Find(part, "functionCall"u8);
        if (tree.IsNothing(call))
        {
            return ToolGateStop.None;
        }

        decided.Add(call);
        var (arguments, pieces, goesOn) = (tree.Find(call, "args"u8), tree.Find(call, "partialArgs"u8), tree.Find(call, "willContinue"u8));
        if (!tree.IsObject(call) || !(tree.IsNothing(arguments) || tree.IsObject(arguments)) || !(tree.IsNothing(pieces) || tree.IsArray(pieces))
            || !(tree.IsNothing(goesOn) || tree.IsTrue(goesOn) || tree.IsFalse(goesOn)))
        {
            return ToolGateStop.Contradiction;
        }

        var name = tree.Text(tree.Find(call, "name"u8)) ?? "";
        if (tree.IsNothing(pieces) && !tree.IsTrue(goesOn) && !_open.ContainsKey(candidate))
        {
            return name.Length == 0 ? ToolGateStop.Contradiction
                : Decide(name, tree.IsNothing(arguments) ? "{}" : ToolArguments.OfJson(tree.Raw(arguments).ToArray()), [(tree, edits, part)]);
        }

        return tree.IsNothing(arguments) ? TakePieces(tree, candidate, part, edits, name) : ToolGateStop.Contradiction;
    }

    private ToolGateStop TakePieces(JsonTree tree, int candidate, int part, JsonEdits edits, string name)
    {
        if (!_open.TryGetValue(candidate, out var open))
        {
            if (name.Length == 0)
            {
                return ToolGateStop.Contradiction;
            }

            _open[candidate] = open = new OpenCall(name);
        }
        else if (name.Length > 0)
        {
            return ToolGateStop.Contradiction; // the next call, or another name for this one
        }

        var call = tree.Find(part, "functionCall"u8);
        open.Parts.Add((tree, edits, part));
        if (!tree.Children(tree.Find(call, "partialArgs"u8)).All(piece => open.Arguments.Take(tree, piece)))
        {
            return ToolGateStop.Contradiction;
        }

        if (tree.IsTrue(tree.Find(call, "willContinue"u8)))
        {
            return ToolGateStop.None;
        }

        _open.Remove(candidate);
        return open.Arguments.IsOpen ? ToolGateStop.Contradiction : Decide(open.Name, open.Arguments.Text(), open.Parts);
    }

    // Words in the first part, and nothing in the others.
    private ToolGateStop Decide(string name, string? arguments, List<(JsonTree Tree, JsonEdits Edits, int Part)> parts)
    {
        if (decider.Withheld(name, arguments) is { } text)
        {
            foreach (var (tree, edits, part) in parts)
            {
                edits.Replace(tree, part, [.. "{\"text\":"u8, .. GateText.String(text), .. "}"u8]);
                text = "";
            }
        }

        return ToolGateStop.None;
    }

    private sealed class OpenCall(string name)
    {
        public string Name => name;

        public PartialArguments Arguments { get; } = new();

        public List<(JsonTree Tree, JsonEdits Edits, int Part)> Parts { get; } = [];
    }
}
