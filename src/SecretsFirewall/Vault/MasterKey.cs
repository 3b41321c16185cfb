using System.Security.Cryptography;

namespace SecretsFirewall.Vault;

/// <summary>Wraps the vault's data key, and nothing else. 32 random bytes that never stand in the vault's own file.</summary>
internal sealed class MasterKey : IDisposable
{
    public const int Length = 32;

    private readonly AesGcm _cipher;

    private MasterKey(ReadOnlySpan<byte> key) => _cipher = SealedValue.CreateCipher(key);

    /// <summary>Takes a copy; the caller clears <paramref name="key"/>.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes: the sources check first.</exception>
    public static MasterKey Create(ReadOnlySpan<byte> key) =>
        key.Length == Length ? new MasterKey(key) : throw new ArgumentException("A master key has 32 bytes.", nameof(key));

    public byte[] Wrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> context) => SealedValue.Seal(_cipher, key, context);

    public bool TryUnwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> context, Span<byte> key) =>
        SealedValue.TryOpen(_cipher, wrapped, context, key);

    public void Dispose() => _cipher.Dispose();
}
