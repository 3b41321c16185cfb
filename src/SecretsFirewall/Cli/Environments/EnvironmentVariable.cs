namespace SecretsFirewall.Cli.Environments;

/// <summary>One variable of a process's environment.</summary>
internal readonly record struct EnvironmentVariable(string Name, string Value);
