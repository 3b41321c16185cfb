namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// Reads the events of one provider's stream. It may keep an event and what follows it back (<see cref="IsHolding"/>) until it has edited, dropped or accepted it.
/// </summary>
internal abstract class EventReader
{
    private static readonly HashSet<int> Nothing = [];

    /// <summary>True while a call is open: nothing leaves.</summary>
    public bool IsHolding { get; protected set; }

    /// <summary>Why <see cref="Take"/> said no.</summary>
    public ToolGateStop Stop { get; private set; }

    /// <summary>False where the stream must end before this event.</summary>
    /// <param name="held">The events that wait, this one last.</param>
    public abstract bool Take(StreamEvent current, List<StreamEvent> held);

    /// <summary>The stream has said its last word: <c>[DONE]</c>, or nothing more. False where it may not end here.</summary>
    public abstract bool End(List<StreamEvent> held);

    /// <summary>The provider says that the stream has failed: the client is told, and what was open is no call any more.</summary>
    public abstract bool Fail(StreamEvent current, List<StreamEvent> held);

    /// <summary>Last changes to an event that leaves.</summary>
    public virtual void Release(StreamEvent current)
    {
    }

    /// <summary>Takes what waits out of the stream, but for <paramref name="current"/> and for what says nothing.</summary>
    protected void Forget(StreamEvent current, List<StreamEvent> held)
    {
        foreach (var one in held.Where(one => one != current && one.Tree is not null))
        {
            one.IsDropped = true;
        }

        IsHolding = false;
    }

    protected bool Refuse(ToolGateStop stop)
    {
        Stop = Stop is ToolGateStop.None ? stop : Stop;
        return false;
    }

    protected bool Contradicts() => Refuse(ToolGateStop.Contradiction);

    protected bool IsUnknown() => Refuse(ToolGateStop.UnknownShape);

    protected bool IsClear(JsonTree? tree) => IsClear(tree, Nothing);

    /// <summary>True if nothing outside of what was decided looks like a call, and nothing was asked for that is there in other capitals.</summary>
    protected bool IsClear(JsonTree? tree, HashSet<int> decided) =>
        tree is null || (!tree.IsAmbiguous && !CallMarks.AnyOutside(tree, 0, decided)) ? true : IsUnknown();
}
