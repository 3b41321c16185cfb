using System.CommandLine;

namespace SecretsFirewall.Cli.Commands;

/// <summary>The options of a command that takes a secret's value, and what they lead to.</summary>
internal sealed class SecretValueOptions
{
    public Option<bool> FromStdin { get; } = new("--value-stdin") { Description = "Read the value from standard input; one ending line break is not part of it." };

    public Option<string?> FromEnv { get; } = new("--from-env") { Description = "Read the value from this variable.", HelpName = "VAR" };

    public Option<bool> Weak { get; } = new("--weak") { Description = "Take a value although it could be guessed. Whoever sees what is masked can then confirm a guess." };

    public void AddTo(Command command)
    {
        command.Add(FromStdin);
        command.Add(FromEnv);
        command.Add(Weak);
        command.Validators.Add(result =>
        {
            if (result.GetValue(FromStdin) && result.GetValue(FromEnv) is not null)
            {
                result.AddError("Use --value-stdin or --from-env, not both.");
            }
        });
    }

    /// <summary>The value, which the caller clears; null with why there is none.</summary>
    public async Task<(byte[]? Value, string Problem)> ReadAsync(ControlContext context, string name)
    {
        if (context.Parse.GetValue(FromStdin))
        {
            await using var input = Console.OpenStandardInput();
            return (await SecretValueInput.ReadAllAsync(input, context.Cancellation), "");
        }

        if (context.Parse.GetValue(FromEnv) is { } variable)
        {
            return (SecretValueInput.FromVariable(variable), "The variable that --from-env names is not set or empty.");
        }

        return Console.IsInputRedirected
            ? (null, "Where is the value? Pipe it in and say --value-stdin, or name a variable with --from-env.")
            : (SecretValueInput.Prompt($"Value of {name} (not shown): "), "");
    }
}
