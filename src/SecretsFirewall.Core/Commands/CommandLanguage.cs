namespace SecretsFirewall.Commands;

/// <summary>How a command line is read.</summary>
public enum CommandLanguage
{
    /// <summary>POSIX sh and what bash and zsh add to it.</summary>
    Shell,

    PowerShell,

    /// <summary>The Windows command processor: <c>cmd /c</c>.</summary>
    Cmd,

    Sql,
}
