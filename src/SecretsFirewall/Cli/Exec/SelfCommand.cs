namespace SecretsFirewall.Cli.Exec;

/// <summary>How to start this very program again.</summary>
internal static class SelfCommand
{
    /// <summary>The executable and the arguments; behind <c>dotnet</c>, the assembly comes first.</summary>
    public static string[] With(params string[] arguments)
    {
        var process = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(process) == "dotnet"
            ? [process, Environment.GetCommandLineArgs()[0], .. arguments]
            : [process, .. arguments];
    }
}
