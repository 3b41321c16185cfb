using System.Text.Json;

namespace SecretsFirewall.Admin;

/// <summary>An answer as it goes over the wire. The bytes may hold a token once: whoever has read them clears them.</summary>
internal readonly record struct ControlReply(bool Done, byte[] Json);

/// <summary>
/// The dispatch table: operation → handler. The daemon runs it behind its socket, and a command runs it in its own process once it has the
/// lock: one code path for both, down to the JSON.
/// </summary>
internal sealed class ControlDispatcher
{
    private readonly Dictionary<string, Func<ReadOnlyMemory<byte>, CancellationToken, Task<ControlReply>>> _handlers = new(StringComparer.Ordinal);

    public ControlDispatcher Handle<TRequest, TResponse>(
        ControlOperation<TRequest, TResponse> operation,
        Func<TRequest, CancellationToken, Task<ControlResult<TResponse>>> handler)
    {
        _handlers.Add(operation.Name, async (json, cancellationToken) =>
        {
            TRequest? request;
            try
            {
                request = JsonSerializer.Deserialize(json.Span, operation.Request);
            }
            catch (JsonException)
            {
                request = default;
            }

            return request is null
                ? Failure(ControlFailureKind.Malformed, "The request is not what this version of sfw understands; is another version running?")
                : Reply(operation, await handler(request, cancellationToken));
        });
        return this;
    }

    public ControlDispatcher Handle<TRequest, TResponse>(
        ControlOperation<TRequest, TResponse> operation,
        Func<TRequest, ControlResult<TResponse>> handler) =>
        Handle(operation, (request, _) => Task.FromResult(handler(request)));

    public Task<ControlReply> DispatchAsync(string name, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        _handlers.TryGetValue(name, out var handler)
            ? handler(json, cancellationToken)
            : Task.FromResult(Failure(ControlFailureKind.Malformed, "This process does not know the operation; is another version of sfw running?"));

    private static ControlReply Reply<TRequest, TResponse>(ControlOperation<TRequest, TResponse> operation, ControlResult<TResponse> result) =>
        result.Failure is { } failure
            ? Failure(failure.Kind, failure.Message)
            : new ControlReply(true, JsonSerializer.SerializeToUtf8Bytes(result.Value!, operation.Response));

    private static ControlReply Failure(ControlFailureKind kind, string message) =>
        new(false, JsonSerializer.SerializeToUtf8Bytes(new FailureReply(kind, message), ControlJson.Default.FailureReply));
}
