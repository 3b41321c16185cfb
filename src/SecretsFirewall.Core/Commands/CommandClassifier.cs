using SecretsFirewall.Commands.Table;
using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands;

/// <summary>
/// What a command line can do, before it runs: it is parsed as its shell would, every command that it may run is found, and each is
/// looked up in the table. Pure: the same line and table always give the same verdict. Never throws; what cannot be parsed is at least Red.
/// </summary>
public sealed class CommandClassifier(CommandTable table)
{
    public CommandVerdict Classify(string line, CommandLanguage language = CommandLanguage.Shell)
    {
        var verdict = new VerdictBuilder();
        new CommandWalker(table, verdict).Walk(line, language);
        return verdict.Build();
    }

    /// <summary>A command that is given as words, so that no shell reads it.</summary>
    public CommandVerdict Classify(IReadOnlyList<string> words)
    {
        var verdict = new VerdictBuilder();
        new CommandWalker(table, verdict).Walk(words);
        return verdict.Build();
    }
}
