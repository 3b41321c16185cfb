using System.Collections.Immutable;
using SecretsFirewall.Commands.Documents;

namespace SecretsFirewall.Commands.Table;

/// <summary>
/// One row of the table. Without a condition (options, arguments) it is the base of its command or sub-command, of which the longest
/// one counts; with one it is added to whatever else is true, and so can only make worse.
/// </summary>
public sealed class CommandEntry
{
    internal CommandEntry(CommandEntryDocument document, string family, ImmutableArray<string> commands, IEnumerable<string> arguments, IEnumerable<string> except)
    {
        Id = document.Id;
        Family = family;
        Commands = commands;
        Sub = [.. (document.Sub ?? []).Select(word => word.Split('|').Select(text => new TextPattern(text)).ToImmutableArray())];
        SubText = string.Join(' ', document.Sub ?? []);
        Options = [.. (document.Options ?? []).Select(text => new OptionTest(text))];
        Without = [.. (document.Without ?? []).Select(text => new OptionTest(text))];
        Arguments = [.. arguments.Select(text => new TextPattern(text))];
        Except = [.. except.Select(text => new TextPattern(text))];
        Which = document.Which ?? ArgumentChoice.All;
        Class = document.Class;
        IfUnknown = document.IfUnknown;
        IsExternal = document.External ?? false;
        Effects = [.. document.Effects ?? []];
        Reason = document.Reason;
    }

    public string Id { get; }

    public string Family { get; }

    public ImmutableArray<string> Commands { get; }

    public string SubText { get; }

    public CommandClass Class { get; }

    public bool IsExternal { get; }

    public ImmutableArray<string> Effects { get; }

    public string Reason { get; }

    /// <summary>It asks for options or arguments.</summary>
    public bool HasCondition => !Options.IsEmpty || !Without.IsEmpty || !Arguments.IsEmpty;

    internal ImmutableArray<ImmutableArray<TextPattern>> Sub { get; }

    internal ImmutableArray<OptionTest> Options { get; }

    internal ImmutableArray<OptionTest> Without { get; }

    internal ImmutableArray<TextPattern> Arguments { get; }

    internal ImmutableArray<TextPattern> Except { get; }

    internal ArgumentChoice Which { get; }

    internal CommandClass? IfUnknown { get; }

    internal Fit MatchSub(CommandArguments arguments)
    {
        var worst = Fit.Yes;
        for (var i = 0; i < Sub.Length && worst != Fit.No; i++)
        {
            var fit = i < arguments.Words.Count ? Best(Sub[i], arguments.Words[i].ToLowerInvariant()) : Fit.No;
            worst = fit < worst ? fit : worst;
        }

        return worst;
    }

    internal Fit MatchConditions(CommandArguments arguments)
    {
        var worst = Fit.Yes;
        foreach (var option in Options)
        {
            var fit = option.Match(arguments, isExact: false);
            worst = fit < worst ? fit : worst;
        }

        if (worst == Fit.No || Without.Any(option => option.Match(arguments, isExact: true) == Fit.Yes))
        {
            return Fit.No;
        }

        return Arguments.IsEmpty || MatchArguments(arguments) is var found && found >= worst ? worst : found;
    }

    private Fit MatchArguments(CommandArguments arguments)
    {
        var best = Fit.No;
        foreach (var candidates in arguments.Chosen(Which, Sub.Length))
        {
            foreach (var candidate in candidates)
            {
                if (best < Fit.Yes && Best(Arguments, candidate) is var fit && fit > best && !Except.Any(pattern => pattern.MatchesWhateverIsMissing(candidate)))
                {
                    best = fit;
                }
            }
        }

        return best;
    }

    private static Fit Best(ImmutableArray<TextPattern> patterns, string text)
    {
        var best = Fit.No;
        foreach (var pattern in patterns)
        {
            var fit = pattern.Match(text);
            best = fit > best ? fit : best;
            if (best == Fit.Yes)
            {
                break;
            }
        }

        return best;
    }
}
