using SecretsFirewall.Inspection.Detection.Rules.Compilation;
using SecretsFirewall.Inspection.Detection.Rules.Documents;
using SecretsFirewall.Inspection.Detection.Rules.Examples;
using SecretsFirewall.Model.Documents;

namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>
/// From files to rules that can be asked. All errors of one kind are reported at once: first those of each file by itself, then those of
/// the rules, then the examples that a rule answers wrongly.
/// </summary>
public static class RuleSetLoader
{
    // A file that somebody wrote is far smaller; a larger one is not a rule file.
    private const int MaxFileBytes = 4 << 20;

    /// <returns>Null if there is any error.</returns>
    public static RuleSet? Load(IReadOnlyList<RuleFile> files, out IReadOnlyList<RuleError> errors) => LoadWith([], files, out errors);

    /// <summary>For the rules that the executable brings along: their examples were checked when it was built, and take most of the time.</summary>
    /// <returns>Null if there is any other error.</returns>
    public static RuleSet? LoadShipped(IReadOnlyList<RuleFile> files, out IReadOnlyList<RuleError> errors) => LoadWith(files, [], out errors);

    /// <summary>Both as one set: <paramref name="own"/> rules may use the stop lists of the <paramref name="shipped"/> ones, and not their ids.</summary>
    /// <returns>Null if there is any error. The examples of the shipped rules are not checked.</returns>
    public static RuleSet? LoadWith(IReadOnlyList<RuleFile> shipped, IReadOnlyList<RuleFile> own, out IReadOnlyList<RuleError> errors)
    {
        var found = new List<RuleError>();
        errors = found;
        var texts = ReadAll(shipped, found);
        var ownTexts = ReadAll(own, found);
        if (found.Count > 0)
        {
            return null;
        }

        // The shipped ones first: where both say the same name, the other one is told.
        var compiled = new RuleCompiler([.. texts, .. ownTexts], found).Compile();
        if (found.Count > 0)
        {
            return null;
        }

        foreach (var (rule, place) in compiled.Where(pair => ownTexts.Contains(pair.Place.Text)))
        {
            ExampleChecker.Check(rule, place);
        }

        return found.Count > 0 ? null : new RuleSet(compiled.Select(pair => pair.Rule));
    }

    private static List<RuleText> ReadAll(IReadOnlyList<RuleFile> files, List<RuleError> found) =>
        [.. files.OrderBy(file => file.Path, StringComparer.Ordinal).Select(file => Read(file, found)).OfType<RuleText>()];

    private static RuleText? Read(RuleFile file, List<RuleError> errors)
    {
        if (file.Content.Length > MaxFileBytes)
        {
            errors.Add(new RuleError(file.Path, 0, $"The file is larger than {MaxFileBytes} bytes."));
            return null;
        }

        var faults = new List<DocumentFault>();
        var read = DocumentReader.Read<RuleFileDocument>(file.Content.Span, RulesJson.Default, faults);
        errors.AddRange(faults.Select(fault => new RuleError(file.Path, fault.Line, fault.Message)));
        return read is var (document, lines) ? new RuleText(file.Path, document, lines) : null;
    }
}
