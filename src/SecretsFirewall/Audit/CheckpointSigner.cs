using System.Security.Cryptography;

namespace SecretsFirewall.Audit;

/// <summary>The installation's key that signs checkpoints and exports: ES256. It has no useful text, and never shows its private half.</summary>
internal sealed class CheckpointSigner : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _lock = new();

    private CheckpointSigner(ECDsa key, CheckpointKey publicKey)
    {
        _key = key;
        Public = publicKey;
    }

    public CheckpointKey Public { get; }

    /// <summary>Takes the key over. Null if it is not on P-256; it is disposed of then.</summary>
    public static CheckpointSigner? TryCreate(ECDsa key)
    {
        if (CheckpointKey.TryRead(key.ExportSubjectPublicKeyInfo()) is { } publicKey)
        {
            return new CheckpointSigner(key, publicKey);
        }

        key.Dispose();
        return null;
    }

    /// <summary>64 bytes in base64.</summary>
    public string Sign(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            return Convert.ToBase64String(_key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        }
    }

    /// <summary>As <c>openssl dgst -verify</c> reads it.</summary>
    public byte[] SignDer(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            return _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _key.Dispose();
        }
    }
}
