using System.Buffers;
using System.Security.Cryptography;

namespace SecretsFirewall.Model;

/// <summary>
/// The only way to a pooled buffer: what held traffic is cleared when it goes back, so that no later reader of the pool,
/// no dump and no over-long read finds it.
/// </summary>
public static class TrafficBuffers
{
    private const int SmallLength = 64 * 1024;

    // Our own pools: buffers of other libraries never mix with those that hold traffic. Many small ones for streams under way, few large ones
    // for bodies that are read whole: at most 32 MB and 64 MB stay idle.
    private static readonly ArrayPool<byte> Small = ArrayPool<byte>.Create(SmallLength, maxArraysPerBucket: 256);
    private static readonly ArrayPool<byte> Large = ArrayPool<byte>.Create(4 * 1024 * 1024, maxArraysPerBucket: 8);

    private static long _outstanding;

    /// <summary>Buffers that were rented and have not come back: what must be as before when all exchanges are over.</summary>
    public static long Outstanding => Interlocked.Read(ref _outstanding);

    public static byte[] Rent(int minimumLength)
    {
        Interlocked.Increment(ref _outstanding);
        return (minimumLength <= SmallLength ? Small : Large).Rent(minimumLength);
    }

    public static void Return(byte[] buffer) => Return(buffer, buffer.Length);

    /// <param name="used">How many bytes from the start held traffic; the rest was never written to.</param>
    public static void Return(byte[] buffer, int used)
    {
        Interlocked.Decrement(ref _outstanding);
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, used));
        (buffer.Length <= SmallLength ? Small : Large).Return(buffer);
    }
}
