using System.Buffers.Binary;
using System.Security.Cryptography;
using SecretsFirewall.Inspection.Codecs;

namespace SecretsFirewall.Inspection.Git;

/// <summary>
/// A pack (gitformat-pack), in any pieces.
/// <code>
///   PACK version count │ type size [base] zlib(bytes) │ … count times │ hash of all before
/// </code>
/// No byte of it is left unexplained: every object has exactly the size that its head says, and nothing stands between two.
/// </summary>
internal sealed class PackReader : IDisposable
{
    private const int HeaderBytes = 12;

    // Of zlib: git flushes nowhere, so that even what does not compress grows by far less. Empty blocks without end would be held back without end.
    private const int ExpansionBytes = 64 * 1024;

    private readonly PackLimits _limits;
    private readonly Inflater _inflater = new();
    private readonly IncrementalHash _hash;
    private readonly byte[] _field = new byte[32];
    private readonly int _hashBytes;
    private Phase _phase;
    private int _fieldLength;
    private long _objects;
    private long _read;
    private int _shift;
    private long _codedAt;

    /// <param name="hashBytes">20 for SHA-1, 32 for SHA-256: of names of bases and of the hash at the end.</param>
    public PackReader(PackLimits limits, int hashBytes)
    {
        _limits = limits;
        _hashBytes = hashBytes;
#pragma warning disable CA5350 // The format's own checksum, which guards against accidents only.
        _hash = IncrementalHash.CreateHash(hashBytes == 32 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
#pragma warning restore CA5350
    }

    private enum Phase
    {
        Header = 0,
        ObjectHead,
        ObjectSize,
        OffsetBase,
        ReferenceBase,
        Inflate,
        Trailer,
        Ended,
        Malformed,
        TooLarge,
    }

    /// <summary>From one on.</summary>
    public long Index { get; private set; }

    public PackObjectType Type { get; private set; }

    /// <summary>Inflated, as the object's head says.</summary>
    public long Size { get; private set; }

    /// <summary>Where the object begins in the pack.</summary>
    public long Offset { get; private set; }

    /// <summary>Of an offset delta: where its base begins.</summary>
    public long Base { get; private set; }

    /// <summary>Of the pack, read so far.</summary>
    public long BytesIn { get; private set; }

    /// <summary>After <see cref="PackEvent.Text"/>; valid until the next call.</summary>
    public ReadOnlySpan<byte> Text => _inflater.Fresh;

    public PackEvent Next(ref ReadOnlySpan<byte> input)
    {
        if (_phase is Phase.Inflate)
        {
            _inflater.Take();
        }

        while (true)
        {
            var before = input;
            var hashed = _phase is not (Phase.Trailer or Phase.Ended);
            var result = _phase switch
            {
                Phase.Header => ReadHeader(ref input),
                Phase.ObjectHead => ReadObjectHead(ref input),
                Phase.ObjectSize => ReadSize(ref input),
                Phase.OffsetBase => ReadOffset(ref input),
                Phase.ReferenceBase => ReadReference(ref input),
                Phase.Inflate => ReadText(ref input),
                Phase.Trailer => ReadTrailer(ref input),
                Phase.Ended => PackEvent.Ended,
                Phase.TooLarge => PackEvent.TooLarge,
                _ => PackEvent.Malformed,
            };

            var used = before.Length - input.Length;
            BytesIn += used;
            if (hashed && used > 0)
            {
                _hash.AppendData(before[..used]);
            }

            if (result is { } one)
            {
                _phase = one switch { PackEvent.Malformed => Phase.Malformed, PackEvent.TooLarge => Phase.TooLarge, _ => _phase };
                return one;
            }
        }
    }

    public void Dispose()
    {
        _inflater.Dispose();
        _hash.Dispose();
    }

    // Each returns null to go on.
    private PackEvent? ReadHeader(ref ReadOnlySpan<byte> input)
    {
        if (!TryFill(ref input, HeaderBytes))
        {
            return PackEvent.NeedInput;
        }

        if (!_field.AsSpan(0, 4).SequenceEqual("PACK"u8) || BinaryPrimitives.ReadUInt32BigEndian(_field.AsSpan(4)) is not (2 or 3))
        {
            return PackEvent.Malformed;
        }

        _objects = BinaryPrimitives.ReadUInt32BigEndian(_field.AsSpan(8));
        _phase = _objects == 0 ? Phase.Trailer : Phase.ObjectHead;
        return _objects > _limits.Objects ? PackEvent.TooLarge : null;
    }

    private PackEvent? ReadObjectHead(ref ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return PackEvent.NeedInput;
        }

        Offset = BytesIn;
        Index++;
        Type = (PackObjectType)((input[0] >> 4) & 7);
        Size = input[0] & 15;
        _shift = 4;
        _phase = (input[0] & 0x80) != 0 ? Phase.ObjectSize : AfterSize();
        input = input[1..];
        return Type is PackObjectType.None or (PackObjectType)5 ? PackEvent.Malformed : null;
    }

    private PackEvent? ReadSize(ref ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return PackEvent.NeedInput;
        }

        if (_shift > 55)
        {
            return PackEvent.Malformed;
        }

        Size |= (long)(input[0] & 0x7F) << _shift;
        _shift += 7;
        _phase = (input[0] & 0x80) != 0 ? Phase.ObjectSize : AfterSize();
        input = input[1..];
        return Size > _limits.ObjectBytes ? PackEvent.TooLarge : null;
    }

    private Phase AfterSize()
    {
        _read = 0;
        return Type switch
        {
            PackObjectType.OffsetDelta => Phase.OffsetBase,
            PackObjectType.ReferenceDelta => Phase.ReferenceBase,
            _ => BeginText(),
        };
    }

    // As git writes it: each byte but the first adds one, so that no distance has two spellings.
    private PackEvent? ReadOffset(ref ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return PackEvent.NeedInput;
        }

        var one = input[0];
        input = input[1..];
        _read = (_read << 7) | (uint)(one & 0x7F);
        if (_read >= Offset)
        {
            return PackEvent.Malformed;
        }

        if ((one & 0x80) != 0)
        {
            _read++;
            return null;
        }

        Base = Offset - _read;
        _phase = BeginText();
        return _read == 0 || Base < HeaderBytes ? PackEvent.Malformed : null;
    }

    private PackEvent? ReadReference(ref ReadOnlySpan<byte> input)
    {
        if (!TryFill(ref input, _hashBytes))
        {
            return PackEvent.NeedInput;
        }

        _phase = BeginText();
        return null;
    }

    private Phase BeginText()
    {
        _inflater.Reset(isZlib: true);
        _codedAt = -1;
        return Phase.Inflate;
    }

    private PackEvent? ReadText(ref ReadOnlySpan<byte> input)
    {
        if (_codedAt < 0)
        {
            _codedAt = BytesIn;
            return PackEvent.ObjectStarted;
        }

        var before = input.Length;
        var status = _inflater.Inflate(ref input);
        var coded = BytesIn - _codedAt + (before - input.Length);
        if (status is InflateStatus.Invalid || _inflater.Total > Size || coded > (2 * Size) + ExpansionBytes)
        {
            return PackEvent.Malformed;
        }

        if (!_inflater.Fresh.IsEmpty)
        {
            return PackEvent.Text;
        }

        if (status is not InflateStatus.Done)
        {
            return PackEvent.NeedInput;
        }

        _phase = Index == _objects ? Phase.Trailer : Phase.ObjectHead;
        return _inflater.Total == Size ? PackEvent.ObjectEnded : PackEvent.Malformed;
    }

    private PackEvent? ReadTrailer(ref ReadOnlySpan<byte> input)
    {
        if (!TryFill(ref input, _hashBytes))
        {
            return PackEvent.NeedInput;
        }

        Span<byte> hash = stackalloc byte[32];
        var length = _hash.GetHashAndReset(hash);
        _phase = Phase.Ended;
        return _field.AsSpan(0, _hashBytes).SequenceEqual(hash[..length]) ? null : PackEvent.Malformed;
    }

    private bool TryFill(ref ReadOnlySpan<byte> input, int length)
    {
        var count = Math.Min(length - _fieldLength, input.Length);
        input[..count].CopyTo(_field.AsSpan(_fieldLength));
        input = input[count..];
        _fieldLength += count;
        if (_fieldLength < length)
        {
            return false;
        }

        _fieldLength = 0;
        return true;
    }
}
