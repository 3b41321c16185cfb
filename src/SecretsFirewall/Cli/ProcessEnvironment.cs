using System.Collections;

namespace SecretsFirewall.Cli;

/// <summary>This process's variables, read once.</summary>
internal static class ProcessEnvironment
{
    public static IReadOnlyDictionary<string, string> Variables() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(v => (string)v.Key, v => v.Value as string ?? "", StringComparer.Ordinal);
}
