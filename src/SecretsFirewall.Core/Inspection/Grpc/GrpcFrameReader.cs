using System.Buffers.Binary;
using SecretsFirewall.Inspection.WebSockets;

namespace SecretsFirewall.Inspection.Grpc;

/// <summary>What <see cref="GrpcFrameReader.Read"/> came to.</summary>
internal enum GrpcRead
{
    /// <summary>No valid prefix: it has flags that nobody gave a meaning.</summary>
    Invalid = 0,
    NeedInput,

    /// <summary><see cref="GrpcFrameReader.Flags"/> and the payload are whole.</summary>
    Message,

    /// <summary>The prefix announces more than is read.</summary>
    TooLarge,
}

/// <summary>
/// Cuts a body into length-prefixed messages: a byte of flags, four of length (big-endian), the payload. Memory grows with what has arrived, never with
/// what a length announces.
/// </summary>
/// <param name="endFlag">A flag that is known beside the compressed one.</param>
/// <param name="maxBytes">The longest payload.</param>
internal sealed class GrpcFrameReader(byte endFlag, int maxBytes) : IDisposable
{
    public const int PrefixBytes = 5;
    public const byte Compressed = 1;

    private readonly byte[] _prefix = new byte[PrefixBytes];
    private readonly ByteQueue _held = new();
    private int _prefixCount;
    private int _missing;

    public byte Flags => _prefix[0];

    /// <summary>True where the body may end.</summary>
    public bool IsBetween => _prefixCount == 0;

    /// <summary>Reads to the end of a message at most, and moves <paramref name="input"/> behind what was read.</summary>
    /// <param name="payload">Of <see cref="GrpcRead.Message"/>; valid until the next call and as long as the input is.</param>
    public GrpcRead Read(ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (_prefixCount == 0)
        {
            _held.Dispose(); // the message before was dealt with
        }

        if (_prefixCount < PrefixBytes)
        {
            var count = Math.Min(PrefixBytes - _prefixCount, input.Length);
            input[..count].CopyTo(_prefix.AsSpan(_prefixCount));
            _prefixCount += count;
            input = input[count..];
            if (_prefixCount < PrefixBytes)
            {
                return GrpcRead.NeedInput;
            }

            if ((Flags & ~(endFlag | Compressed)) != 0)
            {
                return GrpcRead.Invalid;
            }

            var length = BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1));
            if (length > maxBytes)
            {
                return GrpcRead.TooLarge;
            }

            _missing = (int)length;
        }

        var piece = input[..Math.Min(_missing, input.Length)];
        input = input[piece.Length..];
        _missing -= piece.Length;
        if (_missing > 0 || _held.Length > 0)
        {
            _held.Append(piece);
            piece = _held.Bytes;
        }

        if (_missing > 0)
        {
            return GrpcRead.NeedInput;
        }

        _prefixCount = 0;
        payload = piece;
        return GrpcRead.Message;
    }

    public void Dispose() => _held.Dispose();
}
