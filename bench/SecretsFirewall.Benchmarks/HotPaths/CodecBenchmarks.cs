using System.Buffers;
using BenchmarkDotNet.Attributes;
using SecretsFirewall.Inspection.Codecs;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>A body of 256 KB out of its content coding and into it again, and JSON strings; the floor is a copy of the plain bytes.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private const int BlockLength = 16 * 1024;

    private readonly byte[] _plain = LlmBodies.CreateBody(new Random(11), 256 << 10);
    private readonly byte[] _block = new byte[BlockLength];
    private readonly byte[] _target = new byte[512 << 10];
    private byte[] _gzip = [];
    private byte[] _deflate = [];
    private byte[] _brotli = [];
    private byte[] _escaped = [];

    [GlobalSetup]
    public void Setup()
    {
        _gzip = Coded(ContentCoding.Gzip);
        _deflate = Coded(ContentCoding.Deflate);
        _brotli = Coded(ContentCoding.Brotli);
        _escaped = JsonStringCodec.Encode(_plain);
    }

    [Benchmark(Baseline = true)]
    public void Copy() => _plain.CopyTo(_target.AsSpan());

    [Benchmark]
    public long DecodeGzip() => Decode(_gzip, ContentCoding.Gzip);

    [Benchmark]
    public long DecodeDeflate() => Decode(_deflate, ContentCoding.Deflate);

    [Benchmark]
    public long DecodeBrotli() => Decode(_brotli, ContentCoding.Brotli);

    [Benchmark]
    public long EncodeGzip() => Encode(ContentCoding.Gzip);

    [Benchmark]
    public long EncodeBrotli() => Encode(ContentCoding.Brotli);

    [Benchmark]
    public int DecodeJsonString() => JsonStringCodec.Decode(_escaped).Length;

    [Benchmark]
    public int EncodeJsonString() => JsonStringCodec.Encode(_plain).Length;

    private long Decode(byte[] coded, ContentCoding coding)
    {
        using var stream = ContentCodings.Decode(new MemoryStream(coded), [coding]);
        var total = 0L;
        for (int read; (read = stream.Read(_block)) > 0;)
        {
            total += read;
        }

        return total == _plain.Length ? total : throw new InvalidDataException("Not the body that was coded.");
    }

    private long Encode(ContentCoding coding)
    {
        using var target = new MemoryStream(_target);
        using (var stream = ContentCodings.Encode(target, [coding]))
        {
            for (var at = 0; at < _plain.Length; at += BlockLength)
            {
                stream.Write(_plain.AsSpan(at, Math.Min(BlockLength, _plain.Length - at)));
            }
        }

        return target.Position;
    }

    private byte[] Coded(ContentCoding coding) => _target.AsSpan(0, (int)Encode(coding)).ToArray();
}
