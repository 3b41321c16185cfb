using System.Text.Json.Serialization.Metadata;

namespace SecretsFirewall.Admin;

/// <summary>One operation of the control plane: its name on the wire and the shapes of its request and response.</summary>
/// <param name="Name">The last segment of <c>POST /control/&lt;name&gt;</c>.</param>
internal sealed record ControlOperation<TRequest, TResponse>(string Name, JsonTypeInfo<TRequest> Request, JsonTypeInfo<TResponse> Response);
