namespace SecretsFirewall.Bundles;

/// <summary>Why the policy in force may be trusted.</summary>
internal enum PolicyTrust
{
    /// <summary>There is none: everything is refused.</summary>
    None = 0,

    /// <summary>A folder of the home that somebody may have edited. Allowed until a key is trusted.</summary>
    Unsigned,

    /// <summary>A shipped policy, file for file what the executable brings along.</summary>
    Shipped,

    /// <summary>A bundle that trusted keys have signed.</summary>
    Signed,
}

internal static class PolicyTrusts
{
    public static string Word(this PolicyTrust trust) => trust switch
    {
        PolicyTrust.Signed => "signed",
        PolicyTrust.Shipped => "shipped",
        PolicyTrust.Unsigned => "unsigned",
        _ => "none",
    };
}
