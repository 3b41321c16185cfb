namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>Which secret a template asks for.</summary>
internal enum SampleVariant
{
    Any = 0,
    Shortest,
    Longest,

    /// <summary>One character less than the shortest.</summary>
    Short,

    /// <summary>One character more than the longest.</summary>
    Long,

    /// <summary>One character in its middle that the alphabet does not have.</summary>
    Wrong,

    /// <summary>A checksum that does not fit.</summary>
    Unproven,
}
