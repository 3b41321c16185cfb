namespace SecretsFirewall.Inspection.Detection.Rules;

/// <summary>How sure a match is to be a secret. A valid checksum makes any match <see cref="High"/>.</summary>
public enum RuleConfidence
{
    /// <summary>Also an identifier or a placeholder may look like this.</summary>
    Low = 0,

    Medium,

    High,
}
