using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>Bytes that begin at a cache line: a vector of 64 that does not lies in two, and every load of it costs twice.</summary>
internal sealed class AlignedBytes
{
    private const int Line = 64;

    private readonly byte[] _bytes;
    private readonly int _start;
    private readonly int _length;

    public AlignedBytes(int length)
    {
        _length = length;
        _bytes = GC.AllocateArray<byte>(length + Line, pinned: true);
        _start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0) & (Line - 1));
    }

    public Span<byte> Span => _bytes.AsSpan(_start, _length);

    public ref byte First => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), _start);
}
