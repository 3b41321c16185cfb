using System.Globalization;
using System.Text.Json;

namespace SecretsFirewall.Policy.Tools;

/// <summary>A place in a JSON text (RFC 6901).</summary>
internal sealed class JsonPointer
{
    private readonly string[] _steps;

    private JsonPointer(string[] steps) => _steps = steps;

    /// <summary>The first step: a member of the whole.</summary>
    public string First => _steps.Length == 0 ? "" : _steps[0];

    /// <returns>Null for a text that is no pointer.</returns>
    public static JsonPointer? Parse(string text)
    {
        if (text.Length == 0)
        {
            return new JsonPointer([]);
        }

        if (text[0] != '/')
        {
            return null;
        }

        var steps = text[1..].Split('/');
        for (var i = 0; i < steps.Length; i++)
        {
            if (steps[i].Replace("~0", "", StringComparison.Ordinal).Replace("~1", "", StringComparison.Ordinal).Contains('~'))
            {
                return null;
            }

            steps[i] = steps[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
        }

        return new JsonPointer(steps);
    }

    /// <returns>Null where nothing stands there.</returns>
    public JsonElement? Find(JsonElement root)
    {
        var at = root;
        foreach (var step in _steps)
        {
            if (at.ValueKind is JsonValueKind.Object && at.TryGetProperty(step, out var member))
            {
                at = member;
            }
            else if (at.ValueKind is JsonValueKind.Array && IndexOf(step) is { } index && index < at.GetArrayLength())
            {
                at = at[index];
            }
            else
            {
                return null;
            }
        }

        return at;
    }

    private static int? IndexOf(string step) =>
        step is "0" || (step.Length is > 0 and < 9 && step[0] is >= '1' and <= '9' && !step.AsSpan().ContainsAnyExceptInRange('0', '9'))
            ? int.Parse(step, CultureInfo.InvariantCulture)
            : null;
}
