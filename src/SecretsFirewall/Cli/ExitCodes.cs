namespace SecretsFirewall.Cli;

/// <summary>What the exit code of <c>sfw</c> says. <c>sfw exec</c> passes its command's own on, and otherwise answers as a shell does.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>It was refused or could not be done; standard error says why. For <c>doctor</c>: warnings. For <c>scan</c>: findings.</summary>
    public const int NotDone = 1;

    /// <summary>The command line, the configuration or the home is wrong. For <c>doctor</c>: broken.</summary>
    public const int Broken = 2;

    /// <summary>Another process owns the home.</summary>
    public const int HomeInUse = 3;

    /// <summary><c>audit verify</c>: the log holds, and no trusted key vouches for it.</summary>
    public const int Unsigned = 4;

    /// <summary><c>exec</c>: the firewall could not be started or reached; the command did not run.</summary>
    public const int ExecFailed = 125;

    /// <summary><c>exec</c>: the command is not executable.</summary>
    public const int NotExecutable = 126;

    /// <summary><c>exec</c>: the command was not found.</summary>
    public const int NotFound = 127;

    /// <summary>For the help of the root command.</summary>
    public const string Help =
        """
        Exit codes:
          0    done
          1    refused or not possible; standard error says why (doctor: warnings; scan: findings)
          2    command line, configuration or home is wrong (doctor: something is broken)
          3    another process owns the home
          4    audit verify: the log holds, and no trusted key vouches for it
          exec passes the exit code of its command on; 125 if the firewall failed, 126 if the
          command is not executable, 127 if it was not found, 128+n if signal n ended it.
        """;
}
