using System.Text;
using SecretsFirewall.Bundles;
using SecretsFirewall.Commands;
using SecretsFirewall.Commands.Table;
using SecretsFirewall.Tests.Policy;

namespace SecretsFirewall.Tests.Commands;

public sealed class CommandTableLoaderTests
{
    [Fact]
    public void Load_ShippedTable_HasAtLeast150EntriesAndTheEffectsThatRulesName()
    {
        var table = ShippedCommands.Table;

        Assert.True(table.Entries.Length >= 150);
        foreach (var effect in (string[])["delete_tree", "read_credentials", "publish", "network_config", "user_management", "cloud_delete", "history_rewrite"])
        {
            Assert.Contains(table.Entries, entry => entry.Effects.Contains(effect));
        }
    }

    [Fact]
    public void Export_Schema_EqualsTheCommittedOne()
    {
        var path = Path.Combine(Repository.Policies, "commands.schema.json");
        var exported = CommandSchema.Export();
        if (Environment.GetEnvironmentVariable("SFW_WRITE_SCHEMA") == "1")
        {
            File.WriteAllText(path, exported);
        }

        Assert.Equal(exported, File.ReadAllText(path));
    }

    [Theory]
    [InlineData("""{ "id": "a", "commands": ["x"], "class": "green", "reason": "r", "clas": "red" }""", "Unknown member 'clas'.")]
    [InlineData("""{ "id": "a", "commands": ["x"], "class": "orange", "reason": "r" }""", "Expected one of critical_red, red, yellow, green.")]
    [InlineData("""{ "id": "a", "commands": ["x"], "reason": "r" }""", "'class' is missing.")]
    [InlineData("""{ "id": "a", "commands": [], "class": "red", "reason": "r" }""", "No command is named.")]
    [InlineData("""{ "id": "A b", "commands": ["x"], "class": "red", "reason": "r" }""", "'A b' is no id: lower-case letters, digits, '-' and '.'.")]
    [InlineData("""{ "id": "a", "commands": ["@nobody"], "class": "red", "reason": "r" }""", "There is no set 'nobody'.")]
    [InlineData("""{ "id": "a", "commands": ["X"], "class": "red", "reason": "r" }""", "'X' is not the name of a command: lower-case, a * only at its end.")]
    [InlineData("""{ "id": "a", "commands": ["x"], "options": ["force"], "class": "red", "reason": "r" }""", "'force' is no option.")]
    [InlineData("""{ "id": "a", "commands": ["x"], "except": ["y"], "class": "red", "reason": "r" }""", "'except' and 'which' are about 'arguments', which are missing.")]
    [InlineData("""{ "id": "a", "commands": ["x"], "effects": ["Delete Tree"], "class": "red", "reason": "r" }""", "'Delete Tree' is no word for an effect: lower-case letters and '_'.")]
    [InlineData("""{ "id": "ok", "commands": ["x"], "class": "red", "reason": "r" }""", "There is another entry 'ok'.")]
    public void Load_BrokenEntry_IsRefusedWithFileAndLine(string entry, string message)
    {
        var text = $$"""
            {
              "schema": "commands/v1", "family": "own",
              "entries": [
                { "id": "ok", "commands": ["x"], "class": "green", "reason": "r" },
                {{entry}}
              ]
            }
            """;

        Assert.Null(Load(text, out var errors));
        Assert.Equal($"own.json:5: {message}", Assert.Single(errors).ToString());
    }

    [Fact]
    public void Load_OtherLanguage_IsRefused()
    {
        Assert.Null(Load("""{ "schema": "commands/v2", "family": "own" }""", out var errors));
        Assert.Equal("own.json:1: 'commands/v2' is not a version that is understood; commands/v1 is.", Assert.Single(errors).ToString());
    }

    [Fact]
    public void Classify_TableOfOneEntry_AddsConditionsToTheClosestSubCommand()
    {
        var table = Load(
            """
            {
              "schema": "commands/v1", "family": "own",
              "valued": { "tool": ["-C"] },
              "entries": [
                { "id": "base", "commands": ["tool"], "class": "red", "reason": "r" },
                { "id": "show", "commands": ["tool"], "sub": ["show|list"], "class": "green", "reason": "r" },
                { "id": "all", "commands": ["tool"], "sub": ["show"], "options": ["-a|--all"], "class": "yellow", "external": true, "effects": ["send"], "reason": "r" }
              ]
            }
            """,
            out _)!;
        var classifier = new CommandClassifier(table);

        Assert.Equal(CommandClass.Red, classifier.Classify("tool").Class);
        Assert.Equal(CommandClass.Red, classifier.Classify("tool drop").Class);
        Assert.Equal(CommandClass.Green, classifier.Classify("tool -C show list").Class);
        Assert.Equal(CommandClass.Green, classifier.Classify("tool show").Class);
        Assert.Equal(CommandClass.Red, classifier.Classify("tool $WHAT").Class);
        Assert.Equal(CommandClass.Yellow, classifier.Classify("other").Class);
        var verdict = classifier.Classify("tool show -xa");
        Assert.Equal((CommandClass.Yellow, true), (verdict.Class, verdict.IsExternal));
        Assert.Equal("send", Assert.Single(verdict.Effects));
    }

    private static CommandTable? Load(string text, out IReadOnlyList<CommandError> errors) =>
        CommandTableLoader.Load([new CommandFile("own.json", Encoding.UTF8.GetBytes(text))], out errors);
}
