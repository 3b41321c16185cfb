namespace SecretsFirewall.Vault;

/// <summary>What a value is registered for. Part of its seal: no row turns from one into another.</summary>
internal enum SecretUse
{
    /// <summary>Masked everywhere, and used where it is bound.</summary>
    Secret = 0,

    /// <summary>Made up, planted, and of no use to anybody: it is never bound, and whoever sends it is refused.</summary>
    Canary,

    /// <summary>A canary that also stops the agent that it is seen with.</summary>
    KillingCanary,
}
