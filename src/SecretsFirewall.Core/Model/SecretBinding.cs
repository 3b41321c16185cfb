using System.Text;

namespace SecretsFirewall.Model;

/// <summary>Where in a request a reference may be replaced by its value.</summary>
public enum BindingPlace
{
    /// <summary>A header, named by <see cref="SecretBinding.Key"/>; its whole value must equal the binding's format.</summary>
    Header = 0,

    /// <summary>A query parameter, named by its key.</summary>
    Query,

    /// <summary>A string of a JSON body, named by a JSON pointer (RFC 6901).</summary>
    Json,

    /// <summary>A field of a form body, named by its key.</summary>
    Form,

    /// <summary>
    /// The AWS signature (SigV4) of the request, in its header or its query: the value never leaves, it signs. The key is the access key id.
    /// </summary>
    SigV4,
}

/// <summary>
/// The permission to replace one secret's reference by its value: exact host, port, methods, path prefix and place, over TLS only.
/// </summary>
/// <param name="Id">Stable id, shown by <c>sfw secrets list</c>.</param>
/// <param name="Secret">Whose value.</param>
/// <param name="Agent">The one agent that may, or null for every agent that has a name.</param>
/// <param name="Host">Exact host, normalised; never a wildcard.</param>
/// <param name="Methods">Upper case; empty for every method.</param>
/// <param name="PathPrefix">Whole path segments (<c>/repos/</c> does not cover <c>/repos-old</c>), or null.</param>
/// <param name="Key">Header name, query key, JSON pointer, form key or access key id.</param>
/// <param name="Format">
/// The whole header value with <c>{}</c> where the reference stands, such as <c>Bearer {}</c>. <c>Basic {}</c> is decoded first: <c>Basic user:{}</c>.
/// Of a signature: <c>{}</c>, or <c>{} SECRET_REF(name)</c> where the key is a temporary one, whose session token that secret is.
/// </param>
/// <param name="MaxOccurrences">How many references one request may have bound by this binding.</param>
public sealed record SecretBinding(
    string Id,
    SecretName Secret,
    string? Agent,
    string Host,
    int Port,
    IReadOnlyList<string> Methods,
    string? PathPrefix,
    BindingPlace Place,
    string Key,
    string Format,
    int MaxOccurrences)
{
    private const string Alone = "{}";

    /// <summary>The secret that is the session token of a temporary access key; null without one.</summary>
    public SecretName? SessionToken =>
        Place is BindingPlace.SigV4 && Format.StartsWith(Alone + " ", StringComparison.Ordinal)
        && Encoding.ASCII.GetBytes(Format[(Alone.Length + 1)..]) is var text
        && SecretReference.TryRead(text, out var name, out var length) && length == text.Length
            ? name
            : null;

    public static string SigningFormat(SecretName? sessionToken) => sessionToken is { } name ? $"{Alone} {SecretReference.Format(name)}" : Alone;
}
