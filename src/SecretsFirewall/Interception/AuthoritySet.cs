namespace SecretsFirewall.Interception;

/// <summary>The installation's authority, and those of the agents that have one of their own.</summary>
internal sealed class AuthoritySet(CertificateAuthority shared, IReadOnlyDictionary<string, CertificateAuthority> ofAgents) : IDisposable
{
    public CertificateAuthority Shared => shared;

    public IReadOnlyDictionary<string, CertificateAuthority> OfAgents => ofAgents;

    /// <summary>The one that the agent trusts.</summary>
    public CertificateAuthority For(string agent) => ofAgents.GetValueOrDefault(agent) ?? shared;

    public void Dispose()
    {
        shared.Dispose();
        foreach (var authority in ofAgents.Values)
        {
            authority.Dispose();
        }
    }
}
