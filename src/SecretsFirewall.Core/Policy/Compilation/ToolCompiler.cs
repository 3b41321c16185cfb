using System.Collections.Immutable;
using SecretsFirewall.Policy.Documents;
using SecretsFirewall.Policy.Tools;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>From the written tools, the shipped ones and the policy's own over them, to a table by name.</summary>
internal sealed class ToolCompiler(List<PolicyError> errors)
{
    private readonly Dictionary<string, KnownTool> _tools = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="shipped">Taken first, so that the policy's own replace them name by name.</param>
    public ToolTable Compile(IEnumerable<Placed<ToolDocument>> shipped, IEnumerable<Placed<ToolDocument>> own)
    {
        AddAll(shipped);
        AddAll(own);
        return new ToolTable(_tools);
    }

    private void AddAll(IEnumerable<Placed<ToolDocument>> tools)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var written in tools)
        {
            var tool = Compile(written);
            if (written.Value.Names.Length == 0)
            {
                errors.Add(written.Error("names", "The list is empty."));
            }

            for (var i = 0; i < written.Value.Names.Length; i++)
            {
                var name = written.Value.Names[i];
                if (name.Length is 0 or > 128 || !names.Add(name))
                {
                    errors.Add(written.Error($"names/{i}", name.Length is 0 or > 128 ? "A name has 1 to 128 characters." : $"'{name}' stands here twice."));
                }

                _tools[name] = tool;
            }
        }
    }

    private KnownTool Compile(Placed<ToolDocument> written)
    {
        var tool = written.Value;
        if (tool.Canonical.Length is 0 or > 64)
        {
            errors.Add(written.Error("canonical", "A name has 1 to 64 characters."));
        }

        return new KnownTool(tool.Canonical)
        {
            Command = Pointers(written, "command", tool.Command),
            Lines = Pointers(written, "lines", tool.Lines),
            Code = Pointers(written, "code", tool.Code),
            Silent = [.. tool.Silent ?? []],
            Language = tool.Language ?? default,
            FreeText = tool.FreeText ?? FreeTextWord.Unknown,
            Class = tool.Class,
            IsExternal = tool.External,
        };
    }

    private ImmutableArray<JsonPointer> Pointers(Placed<ToolDocument> written, string member, string[]? texts) =>
        [.. (texts ?? []).Select((text, i) => Pointer(written.Part(text, $"{member}/{i}"))).OfType<JsonPointer>()];

    private JsonPointer? Pointer(Placed<string> text)
    {
        if (JsonPointer.Parse(text.Value) is { } pointer)
        {
            return pointer;
        }

        errors.Add(text.Error("Not a JSON pointer: it begins with '/', and '~' is written ~0, '/' in a name ~1."));
        return null;
    }
}
