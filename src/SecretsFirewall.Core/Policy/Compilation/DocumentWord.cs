using System.Text.Json;

namespace SecretsFirewall.Policy.Compilation;

/// <summary>A value as policy files spell it.</summary>
internal static class DocumentWord
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
