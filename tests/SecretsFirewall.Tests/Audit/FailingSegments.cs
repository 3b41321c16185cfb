using SecretsFirewall.Audit;

namespace SecretsFirewall.Tests.Audit;

/// <summary>Opens real segments on a disk that is full after some bytes: a write beyond them leaves its first part behind and fails, as the kernel's does.</summary>
internal sealed class FullDiskAfterBytes(long room)
{
    public long Room { get; set; } = room;

    /// <summary>Whether the part that was written can be cut off again.</summary>
    public bool CanTruncate { get; set; } = true;

    public FileStream Open(string path)
    {
        AuditSegments.OpenForAppend(path).Dispose();
        return new Segment(this, path);
    }

    private sealed class Segment : FileStream
    {
        private readonly FullDiskAfterBytes _disk;

        public Segment(FullDiskAfterBytes disk, string path)
            : base(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)
        {
            _disk = disk;
            Seek(0, SeekOrigin.End);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fits = (int)Math.Min(buffer.Length, _disk.Room);
            base.Write(buffer[..fits]);
            _disk.Room -= fits;
            if (fits < buffer.Length)
            {
                throw new IOException("No space left on device");
            }
        }

        public override void SetLength(long value)
        {
            if (!_disk.CanTruncate)
            {
                throw new IOException("Input/output error");
            }

            _disk.Room += Length - value;
            base.SetLength(value);
        }
    }
}

/// <summary>Opens real segments on a file system that can be remounted read-only: then nothing is written, cut or opened.</summary>
internal sealed class RemountedDisk
{
    public bool IsReadOnly { get; set; }

    public FileStream Open(string path)
    {
        Refuse();
        AuditSegments.OpenForAppend(path).Dispose();
        return new Segment(this, path);
    }

    private void Refuse()
    {
        if (IsReadOnly)
        {
            throw new UnauthorizedAccessException("Read-only file system");
        }
    }

    private sealed class Segment : FileStream
    {
        private readonly RemountedDisk _disk;

        public Segment(RemountedDisk disk, string path)
            : base(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)
        {
            _disk = disk;
            Seek(0, SeekOrigin.End);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _disk.Refuse();
            base.Write(buffer);
        }

        public override void SetLength(long value)
        {
            _disk.Refuse();
            base.SetLength(value);
        }
    }
}

/// <summary>Opens real segments that count how often they were synced.</summary>
internal sealed class CountingSyncs
{
    public int Count { get; private set; }

    public bool Fail { get; set; }

    public FileStream Open(string path)
    {
        AuditSegments.OpenForAppend(path).Dispose();
        return new Segment(this, path);
    }

    private sealed class Segment : FileStream
    {
        private readonly CountingSyncs _syncs;

        public Segment(CountingSyncs syncs, string path)
            : base(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)
        {
            _syncs = syncs;
            Seek(0, SeekOrigin.End);
        }

        public override void Flush(bool flushToDisk)
        {
            if (_syncs.Fail)
            {
                throw new IOException("Input/output error");
            }

            _syncs.Count += flushToDisk ? 1 : 0;
            base.Flush(flushToDisk);
        }
    }
}
