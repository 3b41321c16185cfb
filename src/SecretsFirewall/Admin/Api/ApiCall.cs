using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Approvals;

namespace SecretsFirewall.Admin.Api;

/// <summary>One call of an endpoint, by somebody who may make it.</summary>
/// <param name="Name">What stands in the path for the name.</param>
/// <param name="Body">Of the request, whole.</param>
internal sealed record ApiCall(HttpContext Context, Approver Caller, string Name, ReadOnlyMemory<byte> Body)
{
    public CancellationToken Aborted => Context.RequestAborted;

    public string? Query(string name) => Context.Request.Query[name] is [var value] ? value : null;

    /// <summary>Null, and a problem on its way, where the body is not what the endpoint takes.</summary>
    public async Task<T?> ReadAsync<T>(JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(Body.Span, type) is { } value)
            {
                return value;
            }
        }
        catch (JsonException)
        {
            // Told below: its message may repeat what was sent.
        }

        await ApiProblem.WriteAsync(Context, 400, "malformed_request", "The body is not what this endpoint takes; /v1/openapi.json says what it does.");
        return null;
    }

    public async Task WriteAsync<T>(T value, JsonTypeInfo<T> type, int status = 200)
    {
        Context.Response.StatusCode = status;
        Context.Response.ContentType = "application/json";
        await Context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), Aborted);
    }

    /// <summary>What an operation of the control plane answered.</summary>
    public Task WriteAsync<T>(ControlResult<T> result, JsonTypeInfo<T> type, int status = 200) =>
        result.Failure is { } failure ? FailAsync(failure) : WriteAsync(result.Value!, type, status);

    public Task FailAsync(ControlFailure failure) => failure.Kind switch
    {
        ControlFailureKind.Unavailable => ApiProblem.WriteAsync(Context, 503, "unavailable", failure.Message),
        ControlFailureKind.Malformed => ApiProblem.WriteAsync(Context, 400, "malformed_request", failure.Message),
        _ => ApiProblem.WriteAsync(Context, 422, "refused", failure.Message),
    };
}
