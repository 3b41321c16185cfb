using System.Collections.Immutable;
using System.Text.Json;
using SecretsFirewall.Commands;
using SecretsFirewall.Policy.Documents;

namespace SecretsFirewall.Policy.Tools;

/// <summary>A tool as the policy knows it, and how its calls are read.</summary>
internal sealed record KnownTool(string Canonical)
{
    public ImmutableArray<JsonPointer> Command { get; init; } = [];

    public ImmutableArray<JsonPointer> Lines { get; init; } = [];

    public ImmutableArray<JsonPointer> Code { get; init; } = [];

    public ImmutableArray<string> Silent { get; init; } = [];

    public CommandLanguage Language { get; init; }

    public FreeTextWord FreeText { get; init; }

    public CommandClass? Class { get; init; }

    public bool IsExternal { get; init; }

    private bool RunsCommands => !Command.IsEmpty || !Lines.IsEmpty || FreeText is FreeTextWord.Command;

    /// <summary>A command, or a program.</summary>
    public bool RunsAnything => RunsCommands || !Code.IsEmpty || FreeText is FreeTextWord.Code;

    /// <param name="arguments">As <see cref="PolicyFacts.Arguments"/>.</param>
    /// <param name="classifier">Null where there is no table: no command can be judged then.</param>
    /// <param name="tools">By which calls that stand in a program are known.</param>
    public ToolReading Read(string? arguments, JsonElement? json, CommandClassifier? classifier, ToolTable tools)
    {
        if (!RunsAnything)
        {
            return new ToolReading(Canonical, null, false, Class, IsExternal);
        }

        if (json is { ValueKind: JsonValueKind.Object } members)
        {
            return ReadMembers(members, classifier, tools);
        }

        return FreeText switch
        {
            FreeTextWord.Command when arguments is not null => Of(Classify(arguments, classifier), isCarrier: false),
            FreeTextWord.Code when arguments is not null => OfProgram(null, arguments, classifier, tools),
            _ => Unreadable("Its arguments are not what this tool takes."),
        };
    }

    private ToolReading ReadMembers(JsonElement members, CommandClassifier? classifier, ToolTable tools)
    {
        CommandVerdict? verdict = null;
        foreach (var pointer in Command)
        {
            if (pointer.Find(members) is { ValueKind: not JsonValueKind.Null } value)
            {
                verdict = Join(verdict, OfValue(value, classifier));
                verdict = classifier is not null && BesideCommand.Judge(members, value, Language, classifier) is { } beside ? verdict.With(beside) : verdict;
            }
        }

        foreach (var pointer in Lines)
        {
            if (pointer.Find(members) is { ValueKind: not JsonValueKind.Null } value)
            {
                verdict = Join(verdict, OfLines(value, classifier));
            }
        }

        var programs = Code.Select(pointer => pointer.Find(members)).Where(static value => value is { ValueKind: not JsonValueKind.Null }).ToList();
        return programs.Count > 0 ? OfProgram(verdict, programs.Count == 1 ? ParsedJson.Text(programs[0]!.Value) : null, classifier, tools)
            : verdict is not null ? Of(verdict, isCarrier: false)
            : members.EnumerateObject().All(member => Silent.Contains(member.Name)) ? new ToolReading(Canonical, null, false, Class ?? CommandClass.Green, IsExternal)
            : Unreadable("No argument holds a command.");
    }

    /// <summary>Command lines that a program is seen to run are judged as any; the program itself stays what it is.</summary>
    private ToolReading OfProgram(CommandVerdict? verdict, string? source, CommandClassifier? classifier, ToolTable tools)
    {
        var calls = source is null ? null : SourceCalls.Read(source);
        foreach (var call in calls?.All ?? [])
        {
            if (call.Arguments is { } given && tools.Find(call.Name) is { RunsCommands: true } tool && ParsedJson.Read(given) is { } json
                && tool.Read(given, json, classifier, ToolTable.Empty) is { Command: { IsParsed: true } inner })
            {
                verdict = Join(verdict, inner);
            }
        }

        return Of(verdict, isCarrier: true) with { Source = source, Calls = calls };
    }

    private CommandVerdict OfValue(JsonElement value, CommandClassifier? classifier)
    {
        if (ParsedJson.Text(value) is { } line)
        {
            return Classify(line, classifier);
        }

        if (value.ValueKind is not JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            return Unparsed("The command is no text and no list of texts.");
        }

        var words = value.EnumerateArray().Select(ParsedJson.Text).ToList();
        return words.Contains(null) ? Unparsed("The command is no list of texts.") : classifier?.Classify(words!) ?? NoTable;
    }

    private CommandVerdict OfLines(JsonElement value, CommandClassifier? classifier)
    {
        if (value.ValueKind is not JsonValueKind.Array)
        {
            return OfValue(value, classifier);
        }

        CommandVerdict? all = null;
        foreach (var line in value.EnumerateArray())
        {
            all = Join(all, ParsedJson.Text(line) is { } text ? Classify(text, classifier) : Unparsed("A line is no text."));
        }

        return all ?? Unparsed("There is no line.");
    }

    private CommandVerdict Classify(string line, CommandClassifier? classifier) => classifier?.Classify(line, Language) ?? NoTable;

    private ToolReading Unreadable(string why) => Of(Unparsed(why), isCarrier: false);

    private ToolReading Of(CommandVerdict? command, bool isCarrier)
    {
        CommandClass? worst = command?.Class;
        worst = isCarrier ? Worse(worst, CommandClass.Red) : worst;
        worst = Class is { } own ? Worse(worst, own) : worst;
        return new ToolReading(Canonical, command, isCarrier, worst, IsExternal || command?.IsExternal is true);
    }

    private static CommandClass Worse(CommandClass? one, CommandClass other) => one is { } known && known < other ? known : other;

    private static CommandVerdict Join(CommandVerdict? one, CommandVerdict other) => one is null ? other : one.With(other);

    private static CommandVerdict NoTable { get; } = Unparsed("There is no table of commands.");

    internal static CommandVerdict Unparsed(string why) => new(
        CommandClass.Red, false, ["unparsable"], [new CommandReason("", "unparsable", CommandClass.Red, why)], [], IsLiteral: false, IsParsed: false)
    { HasAllInvocations = false };
}
