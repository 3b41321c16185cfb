namespace SecretsFirewall.EndToEnd.Tests.Failures;

/// <summary>Tests that count what this process holds: nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
