namespace SecretsFirewall.Policy.Documents;

/// <summary>Whether values that masking found by a rule, and that nobody registered, are kept so that the agent can use them.</summary>
internal enum CaptureWord
{
    /// <summary>They are masked and forgotten.</summary>
    None = 0,

    /// <summary>Sealed, in memory alone and for a while: the agent may use them in a place of authentication toward their provider's own hosts.</summary>
    Session,
}
