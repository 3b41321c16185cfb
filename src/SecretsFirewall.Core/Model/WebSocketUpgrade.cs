namespace SecretsFirewall.Model;

/// <summary>What a client said when it asked to go on in WebSocket frames, once it is known to be well-formed.</summary>
/// <param name="Accept">The answer to its key; null over HTTP/2, where there is none (RFC 8441 section 5).</param>
/// <param name="Offer">The extensions that it may have: those of its own offer that can be read.</param>
public sealed record WebSocketUpgrade(string? Accept, string Offer);
