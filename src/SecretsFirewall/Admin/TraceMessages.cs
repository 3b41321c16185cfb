namespace SecretsFirewall.Admin;

/// <summary>What a person says of a session: labels to put on or take off, or a text.</summary>
/// <param name="About">An exchange of the session; null for the whole.</param>
/// <param name="By">Who asks: the user who runs the command.</param>
internal sealed record AnnotateRequest(string Agent, string Session, IReadOnlyList<string> Labels, bool Remove, string? Text, string? About, string By);
