namespace SecretsFirewall.Tests;

/// <summary>Tests that measure the whole process, its time or its buffers, run when no others do.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
