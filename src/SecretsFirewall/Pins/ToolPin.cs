namespace SecretsFirewall.Pins;

/// <summary>A tool of an MCP server as somebody said yes to it, or as it was first seen.</summary>
/// <param name="Destination"><c>host</c>, or <c>host:port</c> where the port is not 443.</param>
/// <param name="Tool">Its name. A server wrote it.</param>
/// <param name="Hash">Of the description that is known.</param>
/// <param name="IsPending">The server lists this description, and nobody has said yes to it.</param>
/// <param name="Description">For people; what is a secret in it is masked. A server wrote it.</param>
internal sealed record ToolPin(string Destination, string Tool, string Hash, bool IsPending, string Description, DateTimeOffset SeenAt);

/// <summary>The port through which pins are remembered. False or null means that it could not, and that nothing was changed. One caller at a time.</summary>
internal interface IToolPinStore
{
    IReadOnlyList<ToolPin>? Load();

    /// <summary>Adds them, or changes those of the same destination, tool and hash.</summary>
    bool Save(IReadOnlyList<ToolPin> pins);

    /// <summary>Removes what is remembered of a tool, or of a destination with all its tools.</summary>
    bool Delete(string destination, string? tool);
}
