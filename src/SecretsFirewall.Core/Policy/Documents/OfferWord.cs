namespace SecretsFirewall.Policy.Documents;

/// <summary>What becomes of a request that offers a model a tool which the agent may not have.</summary>
internal enum OfferWord
{
    Refuse = 0,
    Remove,
}
