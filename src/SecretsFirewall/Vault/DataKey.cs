using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Vault;

/// <summary>
/// The key that seals the vault's rows; it rests wrapped by the master key. What it seals is tied to the row: table, identity and version
/// are the associated data, each with its length in front, so that no two rows share one.
/// </summary>
internal sealed class DataKey : IDisposable
{
    private const int Length = 32;

    private static readonly byte[] WrapContext = Encoding.ASCII.GetBytes("sfw:vault_key:1");

    private readonly AesGcm _cipher;

    // AesGcm keeps one cipher context per instance, which two threads must not share.
    private readonly Lock _lock = new();

    private DataKey(ReadOnlySpan<byte> key) => _cipher = SealedValue.CreateCipher(key);

    /// <summary>Makes a new key; <paramref name="wrapped"/> is how it rests.</summary>
    public static DataKey Create(MasterKey master, out byte[] wrapped)
    {
        Span<byte> key = stackalloc byte[Length];
        RandomNumberGenerator.Fill(key);
        wrapped = master.Wrap(key, WrapContext);
        var dataKey = new DataKey(key);
        CryptographicOperations.ZeroMemory(key);
        return dataKey;
    }

    /// <summary>Null if another master key wrapped it, or if it was changed.</summary>
    public static DataKey? Unwrap(MasterKey master, ReadOnlySpan<byte> wrapped)
    {
        Span<byte> key = stackalloc byte[Length];
        if (SealedValue.PlainLength(wrapped) != Length || !master.TryUnwrap(wrapped, WrapContext, key))
        {
            return null;
        }

        var dataKey = new DataKey(key);
        CryptographicOperations.ZeroMemory(key);
        return dataKey;
    }

    public byte[] SealSecret(SecretName name, long version, SecretUse use, ReadOnlySpan<byte> value) => Seal(value, SecretContext(name, version, use));

    public bool TryOpenSecret(StoredSecret secret, Span<byte> value) =>
        TryOpen(secret.Sealed, SecretContext(secret.Name, secret.Version, secret.Use), value);

    public byte[] SealOldValue(SecretName name, long version, DateTimeOffset expires, ReadOnlySpan<byte> value) =>
        Seal(value, OldValueContext(name, version, expires));

    public bool TryOpenOldValue(StoredOldValue old, Span<byte> value) => TryOpen(old.Sealed, OldValueContext(old.Name, old.Version, old.ExpiresAt), value);

    /// <summary>A binding is no secret: what is sealed is that it is as the vault wrote it (an empty text with the whole binding as associated data).</summary>
    public byte[] SealBinding(SecretBinding binding) => Seal([], BindingContext(binding));

    public bool IsSealed(StoredBinding stored) =>
        SealedValue.PlainLength(stored.Seal) == 0 && TryOpen(stored.Seal, BindingContext(stored.Binding), []);

    public void Dispose() => _cipher.Dispose();

    private byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        lock (_lock)
        {
            return SealedValue.Seal(_cipher, plain, associated);
        }
    }

    private bool TryOpen(ReadOnlySpan<byte> box, ReadOnlySpan<byte> associated, Span<byte> plain)
    {
        lock (_lock)
        {
            return SealedValue.TryOpen(_cipher, box, associated, plain);
        }
    }

    private static ReadOnlySpan<byte> SecretContext(SecretName name, long version, SecretUse use) => Context(
        use switch
        {
            SecretUse.Secret => "secrets",
            SecretUse.Canary => "secrets:canary",
            SecretUse.KillingCanary => "secrets:killing_canary",
            _ => throw new ArgumentOutOfRangeException(nameof(use)),
        },
        name,
        version).WrittenSpan;

    private static ReadOnlySpan<byte> OldValueContext(SecretName name, long version, DateTimeOffset expires)
    {
        var context = Context("old_values", name, version);
        Append(context, expires.ToUnixTimeMilliseconds());
        return context.WrittenSpan;
    }

    private static ArrayBufferWriter<byte> Context(string table, SecretName name, long version)
    {
        var context = new ArrayBufferWriter<byte>(128);
        Append(context, table);
        Append(context, name.Value);
        Append(context, version);
        return context;
    }

    private static ReadOnlySpan<byte> BindingContext(SecretBinding binding)
    {
        var context = new ArrayBufferWriter<byte>(512);
        Append(context, "bindings");
        Append(context, binding.Id);
        Append(context, binding.Secret.Value);
        Append(context, binding.Agent);
        Append(context, binding.Host);
        Append(context, binding.Port);
        Append(context, binding.Methods.Count);
        foreach (var method in binding.Methods)
        {
            Append(context, method);
        }

        Append(context, binding.PathPrefix);
        Append(context, (int)binding.Place);
        Append(context, binding.Key);
        Append(context, binding.Format);
        Append(context, binding.MaxOccurrences);
        return context.WrittenSpan;
    }

    private static void Append(ArrayBufferWriter<byte> context, string? text)
    {
        Append(context, text is null ? -1 : Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, context);
    }

    private static void Append(ArrayBufferWriter<byte> context, long number)
    {
        BinaryPrimitives.WriteInt64BigEndian(context.GetSpan(sizeof(long)), number);
        context.Advance(sizeof(long));
    }
}
