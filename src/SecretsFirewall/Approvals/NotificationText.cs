using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SecretsFirewall.Model;

namespace SecretsFirewall.Approvals;

/// <summary>An announcement as a program reads it. What an action says stays here: a receiver elsewhere gets where it goes and why it waits.</summary>
internal sealed record Notification(
    string Event, DateTimeOffset At, string Id, string Agent, string Session, string Kind, string Method, string Destination, string Target, string? Tool, string Rule, string Explanation,
    string RequiredRole, string Fingerprint, DateTimeOffset ExpiresAt, string? AnsweredBy, string AnswerWith);

/// <summary>The body of a chat message.</summary>
internal sealed record ChatMessage(string Text);

/// <summary>How announcements are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Notification))]
[JsonSerializable(typeof(ChatMessage))]
internal sealed partial class NotificationJson : JsonSerializerContext;

/// <summary>Events as receivers get them.</summary>
internal static class NotificationText
{
    /// <summary>The field with the signature: <c>t=UNIX_SECONDS,v1=HEX</c>, HMAC-SHA-256 over the seconds, a dot and the body.</summary>
    public const string SignatureField = "X-SFW-Signature";

    public static byte[] Write(ApprovalEvent one, NotificationFormat format) => format is NotificationFormat.Slack
        ? JsonSerializer.SerializeToUtf8Bytes(new ChatMessage(Sentence(one)), NotificationJson.Default.ChatMessage)
        : JsonSerializer.SerializeToUtf8Bytes(Describe(one), NotificationJson.Default.Notification);

    public static string Sign(ReadOnlySpan<byte> body, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.ASCII.GetBytes(seconds + "."));
        hmac.AppendData(body);
        return $"t={seconds},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }

    private static Notification Describe(ApprovalEvent one)
    {
        var (request, subject) = (one.Request, one.Request.Subject);
        return new Notification(
            one.Kind.ToString().ToLowerInvariant(), one.At, request.Id, request.Agent, request.Session, subject.Kind, subject.Method, subject.Destination, subject.Target, subject.Tool,
            request.Rule, subject.Reason, request.RequiredRole.Word(), request.Fingerprint, request.ExpiresAt, request.Answer?.By, $"sfw approvals approve {request.Id}");
    }

    /// <summary>What agents wrote cannot make a link or a mention: the three characters that begin one are escaped as the chat asks for.</summary>
    private static string Sentence(ApprovalEvent one)
    {
        var (request, subject) = (one.Request, one.Request.Subject);
        var what = subject.Tool is { } tool ? $"the tool {tool}" : $"{subject.Method} {subject.Destination}{subject.Target}";
        var text = one.Kind switch
        {
            ApprovalEventKind.Asked => $"Agent {request.Agent} waits for a person ({request.RequiredRole.Word()}): {what}. {subject.Reason} Rule {request.Rule}. Answer: sfw approvals show {request.Id}",
            ApprovalEventKind.Reminder => $"Half of its time is over: agent {request.Agent} still waits with {what}. Answer: sfw approvals show {request.Id}",
            ApprovalEventKind.Expired => $"Nobody answered in time: {what} of agent {request.Agent} ({request.Id}).",
            ApprovalEventKind.Approved => $"{request.Answer?.By} agreed to {what} of agent {request.Agent} ({request.Id}).",
            ApprovalEventKind.Denied => $"{request.Answer?.By} said no to {what} of agent {request.Agent} ({request.Id}).",
            _ => $"Taken back: {what} of agent {request.Agent} ({request.Id}).",
        };
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
    }
}
