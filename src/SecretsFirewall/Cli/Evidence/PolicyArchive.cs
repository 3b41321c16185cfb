using Microsoft.Extensions.Logging;
using SecretsFirewall.Bundles;

namespace SecretsFirewall.Cli.Evidence;

/// <summary>Keeps each policy that was in force, as it was read, in a folder by its hash: records name it so, and exports carry it.</summary>
internal static partial class PolicyArchive
{
    private const string Prefix = "sha256:";

    public static void Keep(FirewallHome home, LoadedPolicy loaded, ILogger logger)
    {
        var hash = loaded.Policy.Hash;
        var folder = Path.Combine(home.PolicyArchive, hash.Replace(Prefix, "", StringComparison.Ordinal));
        if (!hash.StartsWith(Prefix, StringComparison.Ordinal) || loaded.Sources.Count == 0 || Directory.Exists(folder))
        {
            return;
        }

        try
        {
            PrivateFile.CreateDirectory(home.PolicyArchive);
            var aside = folder + ".new";
            PrivateFile.CreateDirectory(aside);
            foreach (var file in loaded.Sources)
            {
                var path = Path.Combine(aside, Path.Combine(file.Path.Split('/')));
                PrivateFile.CreateDirectory(Path.GetDirectoryName(path)!);
                PrivateFile.Write(path, file.Content.Span);
            }

            Directory.Move(aside, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotKept(logger, hash, e.HResult); // an export says then that it has not got it
        }
    }

    [LoggerMessage(3207, LogLevel.Warning, "The policy {Hash} could not be kept for exports: error {Code}.")]
    private static partial void LogNotKept(ILogger logger, string hash, int code);
}
