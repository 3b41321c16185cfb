using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.WebSockets;

namespace SecretsFirewall.Tests.Inspection.WebSockets;

/// <summary>Replaces <c>secret</c> by a longer word, puts <c>ours</c> in the place of <c>withheld</c>, says no to <c>blocked</c>, and remembers what it saw.</summary>
internal sealed class TestInspector : IMessageInspector
{
    private readonly Queue<(MessageTake Take, byte[] Text)> _takes = new();

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

        if (message.IndexOf("withheld"u8) >= 0)
        {
            _takes.Enqueue((MessageTake.Own, "ours"u8.ToArray()));
            _takes.Enqueue((MessageTake.Dropped, []));
            Passed.Add("ours"u8.ToArray());
            return true;
        }

        var changed = Masked(message);
        _takes.Enqueue(message.SequenceEqual(changed) ? (MessageTake.Same, []) : (MessageTake.Changed, changed));
        Passed.Add(changed);
        return true;
    }

    public MessageTake Take(IBufferWriter<byte> into)
    {
        if (!_takes.TryDequeue(out var one))
        {
            return MessageTake.None;
        }

        into.Write(one.Text);
        return one.Take;
    }

    public bool Complete() => true;

    public bool MayPass(ReadOnlySpan<byte> controlPayload) => controlPayload.IndexOf("blocked"u8) < 0;

    public void Dispose()
    {
    }

    public static byte[] Masked(ReadOnlySpan<byte> message) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(message).Replace("secret", "SECRET_REF(name)", StringComparison.Ordinal));
}
