namespace SecretsFirewall.Policy;

/// <summary>What a session did so far, as this process has seen it: exchanges that have ended, values masked, references bound, exchanges refused by us.</summary>
public sealed record SessionHistory(long Exchanges, long Masked, long Bound, long Refused);
