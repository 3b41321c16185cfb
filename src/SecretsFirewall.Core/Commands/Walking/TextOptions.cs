using System.Collections.Frozen;

namespace SecretsFirewall.Commands.Walking;

/// <summary>Commands with options whose value a shell runs.</summary>
internal static class TextOptions
{
    private static readonly FrozenDictionary<string, string[]> Options = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["su"] = ["-c", "--command", "--session-command"],
        ["runuser"] = ["-c", "--command", "--session-command"],
        ["script"] = ["-c", "--command"],
        ["scriptlive"] = ["-c", "--command"],
        ["sg"] = ["-c"],
        ["flock"] = ["-c", "--command"],
        ["vagrant"] = ["-c", "--command"],
        ["gcloud"] = ["--command"],
        ["npx"] = ["-c", "--call"],
        ["npm"] = ["-c", "--call"],
        ["git"] = ["-x", "--exec", "--tree-filter", "--index-filter", "--msg-filter", "--commit-filter", "--env-filter", "--upload-pack", "--receive-pack"],
        ["nix-shell"] = ["--run", "--command"],
        ["fly"] = ["-C", "--command"],
        ["flyctl"] = ["-C", "--command"],
        ["tar"] = ["--to-command", "--use-compress-program", "-I", "--rsh-command", "--rmt-command", "--info-script", "--new-volume-script"],
        ["rsync"] = ["-e", "--rsh", "--rsync-path"],
        ["man"] = ["-P", "--pager"],
        ["zip"] = ["-TT", "--unzip-command"],
        ["expect"] = [],
        ["az"] = ["--scripts"],
        ["watchexec"] = ["--shell-command"],
        ["concurrently"] = [],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The texts that the command hands to a shell.</summary>
    public static IEnumerable<Argument> Of(string command, IReadOnlyList<Argument> arguments)
    {
        if (!Options.TryGetValue(command, out var names))
        {
            yield break;
        }

        for (var i = 0; i < arguments.Count; i++)
        {
            var text = arguments[i].Text;
            foreach (var name in names)
            {
                if (text == name && i + 1 < arguments.Count)
                {
                    yield return arguments[i + 1];
                }
                else if (name.Length > 2 && text.StartsWith(name, StringComparison.Ordinal) && text.AsSpan(name.Length).StartsWith("="))
                {
                    yield return arguments[i] with { Text = text[(name.Length + 1)..] };
                }
            }
        }
    }
}
