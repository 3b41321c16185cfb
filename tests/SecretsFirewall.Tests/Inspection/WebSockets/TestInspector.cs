using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.WebSockets;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

/// <summary>Replaces <c>secret</c> by a longer word, says no to <c>blocked</c>, and remembers what it saw.</summary>
internal sealed class TestInspector : IMessageInspector
{
    private MessageTake _take;
    private byte[] _changed = [];

    public List<byte[]> Seen { get; } = [];

    /// <summary>What may leave, in order.</summary>
    public List<byte[]> Passed { get; } = [];

    public bool Add(ReadOnlySpan<byte> message, bool isText)
    {
        Seen.Add(message.ToArray());
        if (message.IndexOf("blocked"u8) >= 0)
        {
            return false;
        }

        _changed = Masked(message);
        _take = message.SequenceEqual(_changed) ? MessageTake.Same : MessageTake.Changed;
        Passed.Add(_changed);
        return true;
    }

    public MessageTake Take(IBufferWriter<byte> into)
    {
        var take = _take;
        if (take is MessageTake.Changed)
        {
            into.Write(_changed);
        }

        _take = MessageTake.None;
        return take;
    }

    public bool Complete() => true;

    public bool MayPass(ReadOnlySpan<byte> controlPayload) => controlPayload.IndexOf("blocked"u8) < 0;

    public void Dispose()
    {
    }

    public static byte[] Masked(ReadOnlySpan<byte> message) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(message).Replace("secret", "SECRET_REF(name)", StringComparison.Ordinal));
}
