using System.Security.Cryptography;
using System.Text.Json;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Control;

/// <summary>Asks the firewall that owns the home, whether that is a running process or, where none runs, this one.</summary>
internal sealed class ControlClient(IControlTransport transport) : IAsyncDisposable
{
    /// <summary>Whether another process answers.</summary>
    public bool IsRunning => transport is SocketTransport;

    public async Task<ControlResult<TResponse>> CallAsync<TRequest, TResponse>(
        ControlOperation<TRequest, TResponse> operation, TRequest request, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(request, operation.Request);
        ControlReply reply;
        try
        {
            reply = await transport.SendAsync(operation.Name, json, cancellationToken);
        }
        catch (HttpRequestException)
        {
            return new ControlFailure(ControlFailureKind.Unavailable, "The firewall's process ended before it answered.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
        }

        try
        {
            return Read(operation, reply);
        }
        catch (JsonException)
        {
            return new ControlFailure(ControlFailureKind.Malformed, "The running firewall answered in a way that this version of sfw does not understand.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(reply.Json);
        }
    }

    public ValueTask DisposeAsync() => transport.DisposeAsync();

    private static ControlResult<TResponse> Read<TRequest, TResponse>(ControlOperation<TRequest, TResponse> operation, ControlReply reply)
    {
        if (reply.Done)
        {
            return JsonSerializer.Deserialize(reply.Json, operation.Response)!;
        }

        var failure = JsonSerializer.Deserialize(reply.Json, ControlJson.Default.FailureReply)!;
        return new ControlFailure(failure.Kind, failure.Message);
    }
}
