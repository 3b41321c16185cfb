namespace SecretsFirewall.Commands.Operations;

/// <summary>What is known of a request to a tool when it is asked what it does.</summary>
/// <param name="Host">As <see cref="Model.HostName"/> spells it.</param>
/// <param name="Path">Percent-decoded, with one meaning, without the query.</param>
/// <param name="Query">Behind the question mark, as it was sent; empty without one.</param>
public sealed record OperationRequest(string Host, string Method, string Path, string Query)
{
    /// <summary>The field <c>X-Amz-Target</c>; null without one.</summary>
    public string? Target { get; init; }

    public string? ContentType { get; init; }

    /// <summary>The whole body, decoded; null where nobody has read it (yet). Empty where there is none.</summary>
    public ReadOnlyMemory<byte>? Body { get; init; }
}
