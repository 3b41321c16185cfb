using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;

namespace SecretsFirewall.Listener;

/// <summary>
/// The server's blocks: 16 KB instead of 4, which saves a third of the cost of an upload, and cleared when they come back, since they held traffic.
/// </summary>
internal sealed class ClearingMemoryPool : MemoryPool<byte>
{
    private const int BlockBytes = 16 * 1024;

    /// <summary>16 MB of idle blocks at most; a burst's surplus goes to the collector.</summary>
    private const int MaxIdleBlocks = 1_024;

    private readonly ConcurrentQueue<Block> _idle = new();
    private int _idleCount;

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (!_idle.TryDequeue(out var block))
        {
            return new Block(this);
        }

        Interlocked.Decrement(ref _idleCount);
        block.IsRented = true;
        return block;
    }

    protected override void Dispose(bool disposing) => _idle.Clear();

    private void Return(Block block)
    {
        CryptographicOperations.ZeroMemory(block.Memory.Span);
        if (Interlocked.Increment(ref _idleCount) > MaxIdleBlocks)
        {
            Interlocked.Decrement(ref _idleCount);
            return;
        }

        _idle.Enqueue(block);
    }

    private sealed class Block(ClearingMemoryPool pool) : IMemoryOwner<byte>
    {
        // Pinned: sockets read into it, and a pinned block never has to be pinned again.
        private readonly byte[] _array = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public Memory<byte> Memory => _array;

        public bool IsRented { get; set; } = true;

        public void Dispose()
        {
            if (IsRented)
            {
                IsRented = false;
                pool.Return(this);
            }
        }
    }
}

/// <summary>Hands Kestrel its pools.</summary>
internal sealed class ClearingMemoryPoolFactory : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ClearingMemoryPool();
}
