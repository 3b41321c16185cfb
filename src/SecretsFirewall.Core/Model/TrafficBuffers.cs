using System.Buffers;
using System.Security.Cryptography;

namespace SecretsFirewall.Model;

/// <summary>
/// The only way to a pooled buffer: what held traffic is cleared when it goes back, so that no later reader of the pool,
/// no dump and no over-long read finds it.
/// </summary>
public static class TrafficBuffers
{
    // Its own pool: buffers of other libraries never mix with those that hold traffic.
    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(maxArrayLength: 1 << 20, maxArraysPerBucket: 64);

    public static byte[] Rent(int minimumLength) => Pool.Rent(minimumLength);

    public static void Return(byte[] buffer)
    {
        CryptographicOperations.ZeroMemory(buffer);
        Pool.Return(buffer);
    }
}
