using System.Security.Cryptography;
using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Signing;

/// <summary>
/// The key that a secret access key yields for one scope: HMAC over date, region, service and a fixed word, each keyed with the one before.
/// Cleared when it is let go; it signs for the rest of its day.
/// </summary>
public sealed class SigningKey : IDisposable
{
    private readonly byte[] _key = new byte[HMACSHA256.HashSizeInBytes];

    public SigningKey(ReadOnlySpan<byte> secretAccessKey, SigV4Scope scope)
    {
        var first = TrafficBuffers.Rent(4 + secretAccessKey.Length);
        try
        {
            "AWS4"u8.CopyTo(first);
            secretAccessKey.CopyTo(first.AsSpan(4));
            HMACSHA256.HashData(first.AsSpan(0, 4 + secretAccessKey.Length), Encoding.ASCII.GetBytes(scope.Date), _key);
        }
        finally
        {
            TrafficBuffers.Return(first, 4 + secretAccessKey.Length);
        }

        foreach (var text in (ReadOnlySpan<string>)[scope.Region, scope.Service, SigV4Scope.Terminator])
        {
            HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(text), _key);
        }
    }

    public ReadOnlySpan<byte> Bytes => _key;

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);
}
