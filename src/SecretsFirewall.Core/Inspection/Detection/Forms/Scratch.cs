using System.Security.Cryptography;

namespace SecretsFirewall.Inspection.Detection.Forms;

/// <summary>A growing buffer for one form while it is written; cleared when it grows and at the end.</summary>
internal sealed class Scratch : IDisposable
{
    private byte[] _bytes = new byte[256];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Reset() => _length = 0;

    public void Append(byte b) => Take(1)[0] = b;

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>The next <paramref name="count"/> bytes, to be filled.</summary>
    public Span<byte> Take(int count)
    {
        if (_bytes.Length - _length < count)
        {
            var old = _bytes;
            _bytes = new byte[Math.Max(old.Length * 2, _length + count)];
            old.AsSpan(0, _length).CopyTo(_bytes);
            CryptographicOperations.ZeroMemory(old);
        }

        var taken = _bytes.AsSpan(_length, count);
        _length += count;
        return taken;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
