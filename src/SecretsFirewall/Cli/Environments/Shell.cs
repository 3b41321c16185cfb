using System.Text;

namespace SecretsFirewall.Cli.Environments;

/// <summary>A syntax in which variables can be written down.</summary>
internal enum Shell
{
    Bash = 0,
    Fish,
    PowerShell,
    Dotenv,
}

/// <summary>Writes variables so that the shell reads back exactly the value, whatever it holds.</summary>
internal static class ShellSyntax
{
    /// <summary>The value is one line: no variable that we set can hold more, and dotenv has no portable form for it.</summary>
    public static string Assign(Shell shell, EnvironmentVariable variable) => shell switch
    {
        Shell.Fish => $"set -gx {variable.Name} '{Escape(variable.Value, @"\'")}'",
        Shell.PowerShell => $"$env:{variable.Name} = '{variable.Value.Replace("'", "''", StringComparison.Ordinal)}'",
        Shell.Dotenv => $"{variable.Name}=\"{Escape(variable.Value, "\\\"$`")}\"",
        _ => $"export {variable.Name}='{variable.Value.Replace("'", @"'\''", StringComparison.Ordinal)}'",
    };

    public static string Remove(Shell shell, string name) => shell switch
    {
        Shell.Fish => $"set -e {name}",
        Shell.PowerShell => $"Remove-Item Env:{name} -ErrorAction Ignore",
        Shell.Dotenv => $"# leave {name} unset",
        _ => $"unset {name}",
    };

    private static string Escape(string value, string special)
    {
        var text = new StringBuilder(value.Length);
        foreach (var c in value)
        {
            if (special.Contains(c, StringComparison.Ordinal))
            {
                text.Append('\\');
            }

            text.Append(c);
        }

        return text.ToString();
    }
}
