using System.CommandLine;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw keys untrust</c>: a key less.</summary>
internal static class KeysUntrustCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "Its name or fingerprint, as `sfw keys list` shows them." };
        var change = new RootChangeOptions();
        var command = new Command("untrust", """
            Takes a key away: no bundle that it signs is taken any more. A bundle that was accepted before stays in force.

            Example:
              sfw keys untrust colleague --threshold 1
            """)
        { key };
        change.AddTo(command);
        command.SetControlAction(context =>
        {
            var wanted = context.Parse.GetRequiredValue(key);
            return change.RunAsync(context, role => role with { Keys = [.. role.Keys.Where(one => one.Name != wanted && one.Id != wanted)] });
        });
        return command;
    }
}
