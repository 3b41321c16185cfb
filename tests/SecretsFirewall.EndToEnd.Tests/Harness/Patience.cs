namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>How long a test waits for something that must happen. Passing tests never wait so long; two busy cores set the figures.</summary>
internal static class Patience
{
    public static TimeSpan Long { get; } = TimeSpan.FromSeconds(30);

    /// <summary>For a whole run of a client: Node with an SDK takes seconds to start where other tests hold the cores.</summary>
    public static TimeSpan Client { get; } = TimeSpan.FromSeconds(60);
}
