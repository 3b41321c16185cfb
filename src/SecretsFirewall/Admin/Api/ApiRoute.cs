using System.Text.Json.Serialization.Metadata;
using SecretsFirewall.Model;

namespace SecretsFirewall.Admin.Api;

/// <summary>One endpoint: what the OpenAPI document says about it is held against this by a test.</summary>
/// <param name="Path">With <c>{name}</c> for one segment.</param>
/// <param name="Role">The least role that may call it.</param>
internal sealed record ApiRoute(string Method, string Path, ApproverRole Role, Func<ApiCall, Task> Handle)
{
    private readonly string[] _segments = Path.Split('/');

    /// <summary>Whether an answer is kept for a repeat with the same <c>Idempotency-Key</c>. Not where it holds a token, which is told once.</summary>
    public bool KeepsAnswer { get; init; } = true;

    /// <summary>For the document.</summary>
    public required string Summary { get; init; }

    /// <summary>What the body is; null where none is read.</summary>
    public JsonTypeInfo? Request { get; init; }

    /// <summary>The body may be left out.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>What is answered; null where it is no such object.</summary>
    public JsonTypeInfo? Response { get; init; }

    public string ContentType { get; init; } = "application/json";

    public int Status { get; init; } = 200;

    public IReadOnlyList<string> Queries { get; init; } = [];

    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>What else it answers, beside 401 and 403.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];

    /// <summary>Null where the path is another one; else the segment that stands for the name, "" without one.</summary>
    public string? Match(string path)
    {
        var segments = path.Split('/');
        if (segments.Length != _segments.Length)
        {
            return null;
        }

        var name = "";
        for (var i = 0; i < segments.Length; i++)
        {
            if (_segments[i].StartsWith('{') && segments[i].Length > 0)
            {
                name = segments[i];
            }
            else if (_segments[i] != segments[i])
            {
                return null;
            }
        }

        return name;
    }
}
