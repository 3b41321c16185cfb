using System.Text.Json;

namespace SecretsFirewall.Audit;

/// <summary>Any JSON value in its canonical form (RFC 8785), for checking records that somebody may have rewritten.</summary>
internal static class CanonicalJson
{
    /// <summary>Writes <paramref name="element"/> without the members <paramref name="omit"/> names at its top. False for what no record holds: fractions, integers beyond 2^53, a name twice.</summary>
    public static bool TryWrite(CanonicalJsonWriter writer, JsonElement element, string? omit = null)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                return TryWriteObject(writer, element, omit);

            case JsonValueKind.Array:
                writer.Open('[');
                foreach (var item in element.EnumerateArray())
                {
                    if (!TryWrite(writer, item))
                    {
                        return false;
                    }
                }

                writer.Close(']');
                return true;

            case JsonValueKind.String:
                writer.String(element.GetString());
                return true;

            case JsonValueKind.Number:
                const long Exact = 1L << 53;
                if (!element.TryGetInt64(out var number) || number is > Exact or < -Exact)
                {
                    return false;
                }

                writer.Number(number);
                return true;

            case JsonValueKind.True:
                writer.Literal("true"u8);
                return true;

            case JsonValueKind.False:
                writer.Literal("false"u8);
                return true;

            case JsonValueKind.Null:
                writer.Literal("null"u8);
                return true;

            default:
                return false;
        }
    }

    private static bool TryWriteObject(CanonicalJsonWriter writer, JsonElement element, string? omit)
    {
        writer.Open('{');
        string? before = null;
        foreach (var member in element.EnumerateObject().OrderBy(static m => m.Name, StringComparer.Ordinal))
        {
            if (member.Name == before)
            {
                return false;
            }

            before = member.Name;
            if (member.Name == omit)
            {
                continue;
            }

            writer.Name(member.Name);
            if (!TryWrite(writer, member.Value))
            {
                return false;
            }
        }

        writer.Close('}');
        return true;
    }
}
