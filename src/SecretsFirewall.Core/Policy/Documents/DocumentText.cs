namespace SecretsFirewall.Policy.Documents;

/// <summary>A file that was read, with the line of each of its values by JSON pointer, so that later errors can name theirs.</summary>
internal sealed class DocumentText(string path, PolicyDocument document, IReadOnlyDictionary<string, int> lines)
{
    public PolicyDocument Document => document;

    public PolicyError Error(string pointer, string message) => new(path, LineOf(pointer), message);

    /// <summary>The line of the value, or of the nearest value around it.</summary>
    private int LineOf(string pointer)
    {
        while (true)
        {
            if (lines.TryGetValue(pointer, out var line))
            {
                return line;
            }

            if (pointer.Length == 0)
            {
                return 0;
            }

            pointer = pointer[..pointer.LastIndexOf('/')];
        }
    }
}

/// <summary>A part of a document and where it stands.</summary>
internal readonly record struct Placed<T>(T Value, DocumentText Text, string Pointer)
{
    public Placed<TPart> Part<TPart>(TPart part, string step) => new(part, Text, $"{Pointer}/{step}");

    public PolicyError Error(string message) => Text.Error(Pointer, message);

    public PolicyError Error(string step, string message) => Text.Error($"{Pointer}/{step}", message);
}
