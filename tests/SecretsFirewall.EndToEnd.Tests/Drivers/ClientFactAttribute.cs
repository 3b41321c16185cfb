namespace SecretsFirewall.EndToEnd.Tests.Drivers;

/// <summary>
/// A test that needs a client of this machine. Without it the test skips and names the client; where <c>CI=true</c> it runs, and fails.
/// </summary>
public sealed class ClientFactAttribute : FactAttribute
{
    public ClientFactAttribute(Client client) => Skip = ClientPrograms.SkipReason(client);
}

/// <inheritdoc cref="ClientFactAttribute"/>
public sealed class ClientTheoryAttribute : TheoryAttribute
{
    public ClientTheoryAttribute(Client client) => Skip = ClientPrograms.SkipReason(client);
}
