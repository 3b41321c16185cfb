using SecretsFirewall.Model;
using SecretsFirewall.Pins;

namespace SecretsFirewall.Enforcement;

/// <summary>What is remembered of MCP servers from one exchange to the next.</summary>
internal sealed class McpServers(ToolPinBook pins)
{
    /// <summary>Further ones take the place of all that are known: a client of the old transport is told later that a call was refused, and nothing else is lost.</summary>
    private const int MostEndpoints = 4096;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _endpoints = new(StringComparer.Ordinal);

    public ToolPinBook Pins => pins;

    /// <summary>By what name people know a server: <c>host</c>, or <c>host:port</c> where the port is not 443.</summary>
    public static string NameOf(Destination destination) => destination.Port == 443 ? destination.Host : $"{destination.Host}:{destination.Port}";

    /// <summary>A server of the old transport (2024-11-05) said where it takes messages.</summary>
    /// <param name="reference">A URI reference that the server wrote.</param>
    public void AddEndpoint(Exchange exchange, string reference)
    {
        if (!Uri.TryCreate($"{exchange.Destination.Scheme}://{NameOf(exchange.Destination)}{exchange.Path}", UriKind.Absolute, out var stream)
            || !Uri.TryCreate(stream, reference, out var endpoint) || endpoint.Host != stream.Host || endpoint.Port != stream.Port)
        {
            return;
        }

        lock (_lock)
        {
            if (_endpoints.Count >= MostEndpoints)
            {
                _endpoints.Clear();
            }

            _endpoints.Add(Key(exchange, endpoint.AbsolutePath));
        }
    }

    public bool IsEndpoint(Exchange exchange)
    {
        lock (_lock)
        {
            return _endpoints.Contains(Key(exchange, exchange.Path));
        }
    }

    private static string Key(Exchange exchange, string path) => $"{exchange.Agent.Name} {NameOf(exchange.Destination)}{path}";
}
