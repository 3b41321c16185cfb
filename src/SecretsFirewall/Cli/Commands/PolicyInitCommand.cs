using System.CommandLine;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy init</c>: a folder to begin with.</summary>
internal static class PolicyInitCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A new folder, or one that holds no policy yet." };
        var from = new Option<string>("--from") { Description = $"A shipped policy: {string.Join(", ", ShippedPolicies.Names)}.", DefaultValueFactory = _ => "default", HelpName = "NAME" };
        var command = new Command("init", """
            Writes a shipped policy into a folder of your own, to be changed, tested and built.

            Example:
              sfw policy init team --from strict
            """)
        { folder, from };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var path = Path.GetFullPath(parse.GetRequiredValue(folder));
            var files = ShippedPolicies.Files(parse.GetRequiredValue(from));
            if (files.Count == 0)
            {
                return output.Fail($"No policy {parse.GetValue(from)} is shipped. Shipped are: {string.Join(", ", ShippedPolicies.Names)}.", ExitCodes.Broken);
            }

            try
            {
                if (Directory.Exists(path) && Directory.EnumerateFiles(path, "*.json").Any())
                {
                    return output.Fail($"{path} holds JSON files already; nothing was written.");
                }

                Directory.CreateDirectory(path);
                foreach (var file in files)
                {
                    File.WriteAllBytes(Path.Combine(path, file.Path), file.Content.ToArray());
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return output.Fail($"{path} cannot be written: {e.Message}");
            }

            output.Note($"{files.Count} files in {path}. Put what you add into a file of its own, such as local.json; name and revision stand in policy.json.");
            return ExitCodes.Done;
        });
        return command;
    }
}
