using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Policy.Documents;

/// <summary>A file that was read, with the line of each of its values by JSON pointer, so that later errors can name theirs.</summary>
internal sealed class DocumentText(string path, PolicyDocument document, DocumentLines lines)
{
    public PolicyDocument Document => document;

    public PolicyError Error(string pointer, string message) => new(path, lines.Of(pointer), message);
}

/// <summary>A part of a document and where it stands.</summary>
internal readonly record struct Placed<T>(T Value, DocumentText Text, string Pointer)
{
    public Placed<TPart> Part<TPart>(TPart part, string step) => new(part, Text, $"{Pointer}/{step}");

    public PolicyError Error(string message) => Text.Error(Pointer, message);

    public PolicyError Error(string step, string message) => Text.Error($"{Pointer}/{step}", message);
}
