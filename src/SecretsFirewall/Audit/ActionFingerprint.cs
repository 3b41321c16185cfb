using System.Security.Cryptography;
using SecretsFirewall.Model;

namespace SecretsFirewall.Audit;

/// <summary>
/// What a person agrees to, as 64 hex digits: SHA-256 over the canonical JSON (RFC 8785) of everything that makes an action what it is. One byte more or less is
/// another action. Registered values stand in it as their references, so that it says nothing about them and a rotated key needs no new answer.
/// </summary>
internal static class ActionFingerprint
{
    /// <param name="headers">Those that the rule names, by name.</param>
    /// <param name="bodyHash">SHA-256 of the masked body, in hex.</param>
    public static string OfRequest(
        AgentIdentity agent, string method, Destination destination, string target, string? contentType, IReadOnlyList<(string Name, string?[] Values)> headers, string bodyHash, string bundle)
    {
        using var json = new CanonicalJsonWriter();
        var query = target.IndexOf('?');
        json.Open('{');
        Write(json, "agent", agent.Name);
        Write(json, "body_sha256", bodyHash);
        Write(json, "bundle", bundle);
        Write(json, "content_type", contentType);
        json.Name("headers");
        json.Open('{');
        foreach (var (name, values) in headers)
        {
            json.Name(name);
            json.Open('[');
            foreach (var value in values)
            {
                json.String(value);
            }

            json.Close(']');
        }

        json.Close('}');
        Write(json, "host", destination.Host);
        Write(json, "method", method);
        Write(json, "path", query < 0 ? target : target[..query]);
        json.Name("port");
        json.Number(destination.Port);
        Write(json, "query", query < 0 ? null : target[(query + 1)..]);
        Write(json, "scheme", destination.Scheme);
        Write(json, "session", agent.Session);
        json.Close('}');
        return Hash(json);
    }

    /// <summary>
    /// A call is made again in another request, and often by a new run of the agent that was told to wait: neither its session nor the request is part of it.
    /// </summary>
    public static string OfToolCall(string agent, string tool, string arguments, string bundle)
    {
        using var json = new CanonicalJsonWriter();
        json.Open('{');
        Write(json, "agent", agent);
        Write(json, "arguments", arguments);
        Write(json, "bundle", bundle);
        Write(json, "tool", tool);
        json.Close('}');
        return Hash(json);
    }

    /// <summary>The kind of action, for an answer that holds for a session: where and by which rule, and not what it says.</summary>
    /// <param name="place">The tool's name, or method and path.</param>
    public static string ScopeOf(AgentIdentity agent, string rule, string kind, Destination? destination, string place, string bundle)
    {
        using var json = new CanonicalJsonWriter();
        json.Open('{');
        Write(json, "agent", agent.Name);
        Write(json, "bundle", bundle);
        Write(json, "destination", destination is null ? null : $"{destination.Scheme}://{destination.HostAndPort}");
        Write(json, "kind", kind);
        Write(json, "place", place);
        Write(json, "rule", rule);
        Write(json, "session", agent.Session);
        json.Close('}');
        return Hash(json);
    }

    private static void Write(CanonicalJsonWriter json, string name, string? value)
    {
        json.Name(name);
        if (value is null)
        {
            json.Literal("null"u8);
        }
        else
        {
            json.String(value);
        }
    }

    private static string Hash(CanonicalJsonWriter json) => Convert.ToHexStringLower(SHA256.HashData(json.Written));
}
