using System.Text.Json;
using SecretsFirewall.Commands;

namespace SecretsFirewall.Policy.Tools;

/// <summary>
/// What stands in a call beside its command and decides with it what is run: words behind it, the program that runs it, its environment. A tool that does not know
/// these members ignores them; one that does would otherwise run something else than what was judged.
/// </summary>
internal static class BesideCommand
{
    private static readonly string[] Words = ["args", "arguments", "argv"];

    private static readonly string[] Runners = ["shell", "executable", "interpreter"];

    // Of the language that the command was read in, at the places where they are at home.
    private static readonly string[] Shells = ["sh", "bash", "zsh", "dash", "ksh", "ash"];

    private static readonly string[] Homes = ["", "/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/"];

    private static readonly string[] Environments = ["env", "environment"];

    /// <param name="command">A line, or a list of words.</param>
    /// <returns>Null where nothing stands there.</returns>
    public static CommandVerdict? Judge(JsonElement members, JsonElement command, CommandLanguage language, CommandClassifier classifier)
    {
        CommandVerdict? all = null;
        foreach (var name in Words)
        {
            if (Find(members, name) is { } value)
            {
                all = Join(all, Texts(value) is { } words ? OfWords(command, words, language, classifier) : null);
            }
        }

        foreach (var name in Runners)
        {
            if (Find(members, name) is { ValueKind: not (JsonValueKind.True or JsonValueKind.False) } value)
            {
                all = ParsedJson.Text(value) is { } program && IsShell(program, language) ? all : Join(all, null);
            }
        }

        foreach (var name in Environments)
        {
            if (Find(members, name) is { } value)
            {
                all = Join(all, Assignments(value) is { } line ? classifier.Classify($"{line} true") : null);
            }
        }

        return all;
    }

    /// <summary>Some tools give a shell all of it in a line, others give the program each word as it is: both are judged.</summary>
    private static CommandVerdict? OfWords(JsonElement command, List<string> words, CommandLanguage language, CommandClassifier classifier)
    {
        if (ParsedJson.Text(command) is not { } line)
        {
            return command.ValueKind is JsonValueKind.Array && Texts(command) is { } before ? classifier.Classify([.. before, .. words]) : null;
        }

        var open = classifier.Classify($"{line} {string.Join(' ', words)}", language);
        return language is CommandLanguage.Shell ? open.With(classifier.Classify($"{line} {string.Join(' ', words.Select(Quoted))}")) : open;
    }

    private static bool IsShell(string program, CommandLanguage language) =>
        language is CommandLanguage.Shell && program.LastIndexOf('/') + 1 is var name && Homes.Contains(program[..name]) && Shells.Contains(program[name..]);

    private static JsonElement? Find(JsonElement members, string name) =>
        members.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null
            && !(value.ValueKind is JsonValueKind.Array && value.GetArrayLength() == 0)
            && !(value.ValueKind is JsonValueKind.Object && !value.EnumerateObject().MoveNext())
            && ParsedJson.Text(value) is not ""
                ? value
                : null;

    /// <returns>Null where it is no text and no list of texts.</returns>
    private static List<string>? Texts(JsonElement value)
    {
        if (ParsedJson.Text(value) is { } one)
        {
            return [one];
        }

        if (value.ValueKind is not JsonValueKind.Array)
        {
            return null;
        }

        var all = value.EnumerateArray().Select(ParsedJson.Text).ToList();
        return all.Contains(null) ? null : all.ConvertAll(static text => text!);
    }

    /// <summary>As they stand before a command: names with their values, or a list of <c>NAME=value</c>.</summary>
    private static string? Assignments(JsonElement value)
    {
        var pairs = value.ValueKind is JsonValueKind.Object
            ? value.EnumerateObject().Select(static one => (one.Name, Value: ParsedJson.Text(one.Value) ?? one.Value.GetRawText())).ToList()
            : Texts(value)?.ConvertAll(static text => (Name: text.Split('=')[0], Value: text.Contains('=', StringComparison.Ordinal) ? text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..] : ""));
        return pairs is null || !pairs.TrueForAll(static pair => IsName(pair.Name)) ? null : string.Join(' ', pairs.Select(static pair => $"{pair.Name}={Quoted(pair.Value)}"));
    }

    private static bool IsName(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static string Quoted(string word) => $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static CommandVerdict Join(CommandVerdict? one, CommandVerdict? other)
    {
        other ??= KnownTool.Unparsed("What stands beside the command cannot be read.");
        return one is null ? other : one.With(other);
    }
}
