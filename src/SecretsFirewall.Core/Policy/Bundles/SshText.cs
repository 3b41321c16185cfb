using System.Buffers.Binary;
using System.Text;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>Reads SSH's binary strings (RFC 4251 section 5) one after the other; whoever reads past the end has read nothing.</summary>
internal ref struct SshText(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public bool TrySkip(ReadOnlySpan<byte> prefix)
    {
        if (!_rest.StartsWith(prefix))
        {
            return false;
        }

        _rest = _rest[prefix.Length..];
        return true;
    }

    public bool TryString(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (_rest.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(_rest) is var length && length > _rest.Length - 4)
        {
            return false;
        }

        value = _rest.Slice(4, (int)length);
        _rest = _rest[(4 + (int)length)..];
        return true;
    }

    /// <summary>A whole positive number of at most 32 bytes in its shortest spelling, as 32 bytes.</summary>
    public bool TryNumber(Span<byte> into)
    {
        into.Clear();
        if (!TryString(out var value) || value.Length is 0 or > 33 || (value[0] & 0x80) != 0)
        {
            return false;
        }

        if (value[0] == 0)
        {
            if (value.Length == 1 || (value[1] & 0x80) == 0)
            {
                return false;
            }

            value = value[1..];
        }

        if (value.Length > 32)
        {
            return false;
        }

        value.CopyTo(into[(32 - value.Length)..]);
        return true;
    }

    public static byte[] String(ReadOnlySpan<byte> value)
    {
        var bytes = new byte[4 + value.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)value.Length);
        value.CopyTo(bytes.AsSpan(4));
        return bytes;
    }

    public static byte[] String(string value) => String(Encoding.ASCII.GetBytes(value));
}
