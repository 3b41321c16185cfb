using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.EventStreams;
using SecretsFirewall.Model;
using SecretsFirewall.Protocols.ToolCalls;

namespace SecretsFirewall.Enforcement;

/// <summary>The words for findings that refuse an exchange.</summary>
internal static class Blocking
{
    public static Refusal Explain(Detection? detection, string why = "A secret stands where it cannot be replaced without breaking the message.") => detection switch
    {
        { Kind: FindingKind.Reference, Name: var name } => UnboundReference(name),
        { Kind: FindingKind.Canary, Name: var name } => Canary(name),
        { Kind: FindingKind.Unread, Rule: var rule } => Failed with { Rule = rule },
        { Kind: FindingKind.Rule or FindingKind.Entropy, Rule: var rule, Name: var name } => Token(rule, name),
        { Name: var name } => Secret(name, why),
        null => Failed,
    };

    /// <summary>A detector failed, or a stretch was too much work: what was not read is not passed.</summary>
    public static Refusal Failed { get; } = new(
        RefusalCode.InspectionFailed, "What this message holds could not be read to the end.", Rule: "detection", Advice: "The operator finds the reason in the firewall's log.");

    /// <summary>The same for an event stream, which may also hold more than inspection keeps.</summary>
    public static Refusal Explain(Detection? detection, EventStreamStop stop) => stop switch
    {
        EventStreamStop.EventTooLong => new(
            RefusalCode.UpstreamUninspectable, "The upstream's event stream has an event that is too long to inspect.", Rule: "event_stream"),
        EventStreamStop.TooMuchHeld => new(
            RefusalCode.UpstreamUninspectable, "The upstream's event stream leaves too many texts open to inspect them.", Rule: "event_stream"),
        _ => Explain(detection),
    };

    /// <summary>A model's answer that holds, or may hold, a call which two clients would read in two ways.</summary>
    public static Refusal Explain(ToolGateStop stop) => new(
        RefusalCode.UpstreamUninspectable,
        stop switch
        {
            ToolGateStop.NotStrictJson => "The model's answer is no JSON that has one meaning.",
            ToolGateStop.EventName => "The model's answer has an event whose name is not its type.",
            ToolGateStop.Contradiction => "The model's answer says a tool call in two ways.",
            ToolGateStop.Unfinished => "The model's answer ends in the middle of a tool call.",
            ToolGateStop.TooMuchHeld => "The model's answer has a tool call that is too long to decide about.",
            ToolGateStop.NotFrames => "The model's binary event stream is not made of whole frames with right checksums.",
            _ => "The model's answer has a shape in which tool calls cannot be decided about.",
        },
        Rule: "tool_calls");

    /// <summary>A token by its format: nothing binds it, and the operator says where it is at home.</summary>
    private static Refusal Token(string rule, SecretName name) => new(
        RefusalCode.SecretBlocked,
        $"What looks like a secret ({rule}) may not leave for this destination or place. It is known as {SecretReference.Format(name)}.",
        Rule: "redaction",
        Advice: "The operator can name the host in detection.audience, ignore the finding in detection.ignore, or register the secret and bind it.");

    /// <summary>One answer for references to unknown secrets, to other agents' and to places that no binding names: it confirms nothing.</summary>
    public static Refusal UnboundReference(SecretName name) => new(
        RefusalCode.UnboundReference,
        $"No binding lets {SecretReference.Format(name)} be used at this destination and place.",
        Rule: "binding",
        Advice: "The operator can allow it with: sfw secrets bind NAME --host HOST --header NAME.");

    /// <summary>Not a word of what it is: whoever knows that a canary is one looks for the others.</summary>
    public static Refusal Canary(SecretName name) => Secret(name, "A secret stands where none may pass.");

    public static Refusal Secret(SecretName name, string why) => new(
        RefusalCode.SecretBlocked,
        $"{why} It is known as {SecretReference.Format(name)}.",
        Rule: "redaction",
        Advice: "Send the reference instead of the value.");
}
