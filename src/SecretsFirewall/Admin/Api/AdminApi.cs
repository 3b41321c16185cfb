using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Approvals;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>
/// The admin plane for programs and for people elsewhere. Every call shows a token, and every endpoint has a least role; an agent's credentials are not looked at.
/// <code>
///   Host, Origin ─► token (401) ─► endpoint (404, 405) ─► role (403, required_roles) ─► Idempotency-Key ─► body ─► operation
/// </code>
/// </summary>
internal sealed class AdminApi
{
    private readonly IReadOnlyList<ApiRoute> _routes;
    private readonly OperatorDirectory _operators;
    private readonly IdempotentAnswers _answers;
    private readonly Lazy<byte[]> _document;

    public AdminApi(IReadOnlyList<ApiRoute> routes, OperatorDirectory operators, TimeProvider time)
    {
        _routes = [.. routes, new ApiRoute("GET", "/v1/openapi.json", ApproverRole.Viewer, DescribeAsync) { Summary = "This document." }];
        _operators = operators;
        _answers = new IdempotentAnswers(time);
        _document = new Lazy<byte[]>(() => System.Text.Encoding.UTF8.GetBytes(ApiDocument.Write(_routes)));
    }

    /// <summary>No endpoint takes more; a body of an action comes as its hash.</summary>
    private const int MostBodyBytes = 256 * 1024;

    public IReadOnlyList<ApiRoute> Routes => _routes;

    public async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        if (Authenticate(request) is not { } caller)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"sfw admin\"";
            await ApiProblem.WriteAsync(context, 401, "unauthenticated", "Show a token: Authorization: Bearer sfwt_… It is made by: sfw admin token new");
            return;
        }

        var path = request.Path.Value ?? "";
        var found = _routes.Select(route => (Route: route, Name: route.Match(path))).Where(static one => one.Name is not null).ToList();
        if (found.Count == 0)
        {
            await ApiProblem.WriteAsync(context, 404, "not_found", "There is no such endpoint; /v1/openapi.json lists them.");
            return;
        }

        if (found.Find(one => one.Route.Method == request.Method) is not { Route: { } route } match)
        {
            context.Response.Headers.Allow = string.Join(", ", found.Select(static one => one.Route.Method));
            await ApiProblem.WriteAsync(context, 405, "method_not_allowed", "The endpoint has other methods.");
            return;
        }

        if (caller.Role < route.Role)
        {
            await ApiProblem.WriteAsync(context, 403, "role_too_low", "The token's role does not reach.", route.Role);
            return;
        }

        if (await ReadAsync(context) is not { } body)
        {
            await ApiProblem.WriteAsync(context, 413, "too_large", "The body is larger than any endpoint takes.");
            return;
        }

        var call = new ApiCall(context, caller, match.Name!, body);
        if (request.Headers["Idempotency-Key"] is [{ Length: > 0 } key] && !HttpMethods.IsGet(route.Method) && route.KeepsAnswer)
        {
            await _answers.AnswerAsync(call, route, key);
            return;
        }

        await route.Handle(call);
    }

    private async Task DescribeAsync(ApiCall call)
    {
        call.Context.Response.ContentType = "application/json";
        await call.Context.Response.Body.WriteAsync(_document.Value, call.Aborted);
    }

    /// <summary>Whether the request shows a token, of whatever role.</summary>
    public bool IsKnown(HttpRequest request) => Authenticate(request) is not null;

    private Approver? Authenticate(HttpRequest request)
    {
        const string scheme = "Bearer ";
        return request.Headers.Authorization is [{ } value] && value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? _operators.Authenticate(value[scheme.Length..].Trim()) : null;
    }

    private static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            if (result.Buffer.Length > MostBodyBytes)
            {
                reader.AdvanceTo(result.Buffer.End);
                return null;
            }

            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}

/// <summary>
/// A repeat with the same key gets the first answer (draft-ietf-httpapi-idempotency-key-header): nothing is done twice. Kept in memory for a day; a key belongs to
/// its token and endpoint, and to one body.
/// </summary>
internal sealed class IdempotentAnswers(TimeProvider time)
{
    private const int MostKept = 10_000;

    private const int LongestKey = 255;

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    private sealed record Kept(byte[] BodyHash, DateTimeOffset At)
    {
        public int Status { get; set; }

        public string? ContentType { get; set; }

        public byte[]? Answer { get; set; }
    }

    public async Task AnswerAsync(ApiCall call, ApiRoute route, string key)
    {
        if (key.Length > LongestKey)
        {
            await ApiProblem.WriteAsync(call.Context, 400, "malformed_request", "An Idempotency-Key has at most 255 characters.");
            return;
        }

        var id = $"{call.Caller.Name} {route.Method} {call.Context.Request.Path} {key}";
        var hash = SHA256.HashData(call.Body.Span);
        if (Find(id, hash, out var own) is { } before)
        {
            await RepeatAsync(call, before, hash);
            return;
        }

        var response = call.Context.Response;
        var stream = response.Body;
        using var answer = new MemoryStream();
        try
        {
            response.Body = answer;
            await route.Handle(call);
            lock (_lock)
            {
                (own.Status, own.ContentType, own.Answer) = (response.StatusCode, response.ContentType, answer.ToArray());
            }
        }
        finally
        {
            response.Body = stream;
            lock (_lock)
            {
                if (own.Answer is null || own.Status >= 500)
                {
                    _kept.Remove(id); // it failed: the repeat tries again
                }
            }
        }

        await stream.WriteAsync(answer.ToArray(), call.Aborted);
    }

    private Kept? Find(string id, byte[] hash, out Kept own)
    {
        var now = time.GetUtcNow();
        own = new Kept(hash, now);
        lock (_lock)
        {
            if (_kept.TryGetValue(id, out var before) && now - before.At < KeptFor)
            {
                return before;
            }

            if (_kept.Count >= MostKept)
            {
                foreach (var old in _kept.OrderBy(static pair => pair.Value.At).Take(MostKept / 10).Select(static pair => pair.Key).ToList())
                {
                    _kept.Remove(old);
                }
            }

            _kept[id] = own;
            return null;
        }
    }

    private async Task RepeatAsync(ApiCall call, Kept before, byte[] hash)
    {
        if (!before.BodyHash.AsSpan().SequenceEqual(hash))
        {
            await ApiProblem.WriteAsync(call.Context, 422, "idempotency_key_reused", "The Idempotency-Key was used with another body.");
            return;
        }

        byte[]? answer;
        lock (_lock)
        {
            answer = before.Answer;
        }

        if (answer is null)
        {
            await ApiProblem.WriteAsync(call.Context, 409, "in_progress", "The first call with this Idempotency-Key has not ended.");
            return;
        }

        call.Context.Response.StatusCode = before.Status;
        call.Context.Response.ContentType = before.ContentType;
        call.Context.Response.Headers["Idempotent-Replayed"] = "true";
        await call.Context.Response.Body.WriteAsync(answer, call.Aborted);
    }
}
