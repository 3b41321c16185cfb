using System.Text;
using System.Text.Unicode;

namespace SecretsFirewall.Protocols.Mcp;

/// <summary>
/// The header fields in which a client repeats parts of a message (revision 2026-07-28, transports). Gateways route by them and servers act by the body, so both must say
/// the same. Whatever a field says, it is the body that is decided about.
/// </summary>
/// <param name="Method">The values of <c>Mcp-Method</c>.</param>
/// <param name="Name">The values of <c>Mcp-Name</c>.</param>
/// <param name="Version">The values of <c>MCP-Protocol-Version</c>.</param>
public sealed record McpHeaders(IReadOnlyList<string?> Method, IReadOnlyList<string?> Name, IReadOnlyList<string?> Version)
{
    private const string Mirroring = "2026-07-28";

    private const string CodedStart = "=?base64?";
    private const string CodedEnd = "?=";

    private static readonly HashSet<string> KnownVersions = new(StringComparer.Ordinal) { "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", Mirroring };

    /// <summary>Whether a request claims to be a message.</summary>
    public bool AnyMirror => Method.Count > 0 || Name.Count > 0;

    /// <returns>Null where they agree with the body.</returns>
    public McpFault? Check(McpBody body)
    {
        if (Method.Count > 1 || Name.Count > 1 || Version.Count > 1)
        {
            return McpFault.Header;
        }

        var version = Version.Count == 1 ? Version[0] : null;
        if (version is not null && !KnownVersions.Contains(version))
        {
            return McpFault.Version;
        }

        var says = body.Messages.Select(static message => message.Version).OfType<string>().ToList();
        if (says.Exists(own => own != version))
        {
            return says.TrueForAll(KnownVersions.Contains) ? McpFault.Header : McpFault.Version;
        }

        var mustMirror = version == Mirroring;
        if (body.IsBatch)
        {
            return AnyMirror || mustMirror ? McpFault.Header : null; // no one field can say what many messages are
        }

        var message = body.Messages[0];
        return Agrees(Method, message.Method, mustMirror) && Agrees(Name, message.Names, mustMirror) ? null : McpFault.Header;
    }

    private static bool Agrees(IReadOnlyList<string?> field, string? said, bool mustBeThere) =>
        field.Count == 0 ? !(mustBeThere && said is not null) : said is not null && Decode(field[0]) == said;

    // What is no ASCII, or has blanks at its ends, comes as =?base64?…?= (2026-07-28).
    private static string? Decode(string? value)
    {
        if (value is null || !value.StartsWith(CodedStart, StringComparison.Ordinal) || !value.EndsWith(CodedEnd, StringComparison.Ordinal)
            || value.Length < CodedStart.Length + CodedEnd.Length)
        {
            return value;
        }

        var bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value[CodedStart.Length..^CodedEnd.Length], bytes, out var count) && Utf8.IsValid(bytes.AsSpan(0, count))
            ? Encoding.UTF8.GetString(bytes, 0, count)
            : null;
    }
}
