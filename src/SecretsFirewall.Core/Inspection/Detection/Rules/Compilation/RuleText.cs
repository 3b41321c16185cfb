using SecretsFirewall.Inspection.Detection.Rules.Documents;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Inspection.Detection.Rules.Compilation;

/// <summary>A file that was read, with the line of each of its values, so that later errors can name theirs.</summary>
internal sealed class RuleText(string path, RuleFileDocument document, DocumentLines lines)
{
    public RuleFileDocument Document => document;

    public RuleError Error(string pointer, string message) => new(path, lines.Of(pointer), message);
}

/// <summary>A rule of a file, where errors about it are reported.</summary>
internal sealed class RulePlace(RuleText text, int index, List<RuleError> errors)
{
    public RuleText Text => text;

    public RuleDocument Document { get; } = text.Document.Rules![index];

    public string Family => text.Document.Family;

    /// <param name="step">The member that is wrong, as a path below the rule; empty for the rule as a whole.</param>
    public void Fail(string step, string message) =>
        errors.Add(text.Error(step.Length == 0 ? $"/rules/{index}" : $"/rules/{index}/{step}", $"Rule '{Document.Id}': {message}"));
}
