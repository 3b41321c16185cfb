using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>What a stream holds back, in a pooled buffer that exists only while there is something; cleared when it goes.</summary>
internal sealed class HeldBytes : IDisposable
{
    // Room for an ordinary open prefix: an idle stream keeps no more.
    private const int IdleLength = 1024;

    private byte[]? _buffer;

    // How much of the buffer was written to: that much is cleared.
    private int _used;

    // The small one, while a large one is in use: what a chunk leaves open goes back to it.
    private byte[]? _idle;
    private int _idleUsed;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        if (_buffer is null || _buffer.Length - Length < bytes.Length)
        {
            MoveTo(Length + bytes.Length);
        }

        bytes.CopyTo(_buffer.AsSpan(Length));
        Length += bytes.Length;
        _used = Math.Max(_used, Length);
    }

    /// <summary>Forgets the first <paramref name="count"/> bytes.</summary>
    public void Drop(int count)
    {
        if (count > 0)
        {
            Bytes[count..].CopyTo(_buffer);
            Length -= count;
        }
    }

    /// <summary>Gives back what is not needed until the next chunk.</summary>
    public void Trim()
    {
        if (Length == 0)
        {
            Dispose();
        }
        else if (_buffer!.Length > 4 * IdleLength && Length <= IdleLength)
        {
            var (idle, used) = (_idle ?? TrafficBuffers.Rent(IdleLength), Math.Max(_idleUsed, Length));
            Bytes.CopyTo(idle);
            TrafficBuffers.Return(_buffer, _used);
            (_buffer, _used, _idle, _idleUsed) = (idle, used, null, 0);
        }
    }

    public void Dispose()
    {
        Return(_buffer, _used);
        Return(_idle, _idleUsed);
        (_buffer, _used, _idle, _idleUsed, Length) = (null, 0, null, 0, 0);
    }

    private void MoveTo(int length)
    {
        var (old, used) = (_buffer, _used);
        _buffer = TrafficBuffers.Rent(Math.Max(length, IdleLength));
        old.AsSpan(0, Length).CopyTo(_buffer);
        _used = Length;
        if (_idle is null && old?.Length <= 4 * IdleLength)
        {
            (_idle, _idleUsed) = (old, used);
        }
        else
        {
            Return(old, used);
        }
    }

    private static void Return(byte[]? buffer, int used)
    {
        if (buffer is not null)
        {
            TrafficBuffers.Return(buffer, used);
        }
    }
}
