using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>What records say of a request's head, masked.</summary>
/// <param name="Target">What the path was taken from: inspection may change it once more.</param>
internal sealed record RecordedHead(string Target, string? Trace, Destination Destination, string Method, string Path)
{
    public static RecordedHead Of(Exchange exchange, DetectionSnapshot detection) => new(
        exchange.Target,
        exchange.Trace is { } trace ? RecordedText.Masked(trace, detection) : null,
        RecordedText.Masked(exchange.Destination, detection),
        RecordedText.Masked(exchange.Method, detection),
        RecordedText.Path(exchange.Path, detection));
}
