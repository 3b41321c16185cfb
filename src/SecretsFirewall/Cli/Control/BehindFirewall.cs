using System.Globalization;

namespace SecretsFirewall.Cli.Control;

/// <summary>
/// Whether this very process runs below <c>sfw exec</c>: then an agent, or what it started, wants to answer its own question. It protects against the agent that
/// reads the command in a refusal and tries it, not against one that hides (docs/threat-model.md): that needs another user id, a container or --lock.
/// </summary>
internal static class BehindFirewall
{
    private const int MostAncestors = 256;

    public const string Sentence =
        "This process runs below `sfw exec`: an agent does not answer its own questions. Answer in a shell of your own.";

    public static bool IsHere() => OperatingSystem.IsLinux() && IsBelow(Environment.ProcessId, ParentOf, CommandOf);

    /// <param name="parentOf">0 where nobody can say.</param>
    internal static bool IsBelow(int process, Func<int, int> parentOf, Func<int, IReadOnlyList<string>> commandOf)
    {
        var ancestor = parentOf(process);
        for (var i = 0; i < MostAncestors && ancestor > 1; i++, ancestor = parentOf(ancestor))
        {
            if (IsExec(commandOf(ancestor)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>sfw exec …</c>, or <c>dotnet …/sfw.dll exec …</c>; options of the root may stand between.</summary>
    private static bool IsExec(IReadOnlyList<string> command)
    {
        var ours = command.Take(2).ToList().FindIndex(static word => Path.GetFileName(word) is "sfw" or "sfw.dll" or "sfw.exe");
        if (ours < 0)
        {
            return false;
        }

        // Not beyond "--": what is behind it is another program's.
        return command.Skip(ours + 1).TakeWhile(static word => word != "--").Take(4).Contains("exec");
    }

    private static int ParentOf(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static line => line.StartsWith("PPid:", StringComparison.Ordinal));
            return line is not null && int.TryParse(line.AsSpan(5).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var parent) ? parent : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static IReadOnlyList<string> CommandOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
