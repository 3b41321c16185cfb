using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>One event of a stream in whatever framing: as it came, what it says, and what becomes of it.</summary>
/// <param name="raw">Belongs to the event from now on.</param>
internal abstract class StreamEvent(TrafficBytes raw) : IDisposable
{
    /// <summary>What the framing calls the event; null where it does not name it.</summary>
    public string? Name { get; protected set; }

    /// <summary>What the event says: JSON, or a word of the framing.</summary>
    public ReadOnlyMemory<byte> Data { get; protected set; }

    /// <summary>It has a part that is none of its framing. Clients skip it, or read it in ways of their own.</summary>
    public bool HasUnknownField { get; protected set; }

    /// <summary>The framing says that the stream has failed.</summary>
    public bool IsFailure { get; protected set; }

    public int Length => raw.Count;

    /// <summary>Set where <see cref="Data"/> is JSON.</summary>
    public JsonTree? Tree { get; set; }

    public JsonEdits Edits { get; } = new();

    /// <summary>Events of ours that go before it.</summary>
    public List<OwnEvent> Before { get; } = [];

    public bool IsDropped { get; set; }

    protected ReadOnlyMemory<byte> Raw => raw.Written;

    public void Write(IBufferWriter<byte> output)
    {
        foreach (var own in Before)
        {
            WriteOwn(own, output);
        }

        if (IsDropped)
        {
            return;
        }

        if (Edits.IsEmpty)
        {
            output.Write(Raw.Span);
        }
        else
        {
            WriteEdited(output);
        }
    }

    public virtual void Dispose() => raw.Dispose();

    /// <summary>Frames an event of ours as this one is framed.</summary>
    protected abstract void WriteOwn(in OwnEvent own, IBufferWriter<byte> output);

    protected abstract void WriteEdited(IBufferWriter<byte> output);
}

/// <summary>An event that we write.</summary>
/// <param name="Name">Null where the provider's events have none.</param>
internal readonly record struct OwnEvent(string? Name, byte[] Json);
