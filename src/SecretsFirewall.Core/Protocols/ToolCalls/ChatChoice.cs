namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>One choice of a Chat Completions stream, as far as it was read.</summary>
internal sealed class ChatChoice
{
    /// <summary>In the order of their indices. The legacy <c>function_call</c> counts as one with index 0.</summary>
    public List<ChatCall> Calls { get; } = [];

    public bool IsFinished { get; set; }

    /// <summary>The client has words of this choice already.</summary>
    public bool HasText { get; set; }

    public bool HasRole { get; set; }

    public bool HasToldReason { get; set; }
}
