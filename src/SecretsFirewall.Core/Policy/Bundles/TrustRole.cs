namespace SecretsFirewall.Policy.Bundles;

/// <summary>Who may sign one kind of thing: so many of these keys.</summary>
/// <param name="Name">For messages: <c>root</c> or <c>policy</c>.</param>
internal sealed record TrustRole(string Name, int Threshold, IReadOnlyList<TrustedKey> Keys)
{
    public TrustedKey? Find(string id) => Keys.FirstOrDefault(key => key.Id == id);
}
