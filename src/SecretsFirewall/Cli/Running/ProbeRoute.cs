using SecretsFirewall.Forwarding;

namespace SecretsFirewall.Cli.Running;

/// <summary>The doctor's own upstream: a reserved name, where it is, and whom to believe there.</summary>
internal sealed record ProbeRoute(string Host, string Address, string CaFile)
{
    public ForwardingOptions AddTo(ForwardingOptions options) => options with
    {
        CaFiles = [.. options.CaFiles, CaFile],
        Hosts = new Dictionary<string, string>(options.Hosts, StringComparer.OrdinalIgnoreCase) { [Host] = Address },
    };
}
