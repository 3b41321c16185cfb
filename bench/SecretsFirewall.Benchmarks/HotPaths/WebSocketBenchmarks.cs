using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using BenchmarkDotNet.Attributes;
using SecretsFirewall.Inspection.WebSockets;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>64 text messages of 1 KB through one direction of a socket, without what inspects them: frames, masks, limits. The floor is a copy.</summary>
[MemoryDiagnoser]
public class WebSocketBenchmarks : IDisposable
{
    private const int Messages = 64;

    private const int MessageLength = 1024;

    private static readonly WebSocketLimits Limits = new(4 * 1024 * 1024, 1_100);

    private readonly WebSocketTransformer _toUpstream = new(WebSocketDirection.ToUpstream, null, new PassingInspector(), Limits);
    private readonly WebSocketTransformer _toClient = new(WebSocketDirection.ToClient, null, new PassingInspector(), Limits);
    private readonly ReusedWriter _output = new(1 << 20);
    private readonly byte[] _masked = Frames(isMasked: true, pieces: 1);
    private readonly byte[] _plain = Frames(isMasked: false, pieces: 1);
    private readonly byte[] _fragments = Frames(isMasked: true, pieces: 4);
    private readonly byte[] _target = new byte[1 << 20];

    [Benchmark(Baseline = true)]
    public void Copy() => _masked.CopyTo(_target.AsSpan());

    [Benchmark]
    public int FromClient() => Pass(_toUpstream, _masked);

    [Benchmark]
    public int FromClientInFragments() => Pass(_toUpstream, _fragments);

    [Benchmark]
    public int FromUpstream() => Pass(_toClient, _plain);

    [GlobalCleanup]
    public void Dispose()
    {
        _toUpstream.Dispose();
        _toClient.Dispose();
        GC.SuppressFinalize(this);
    }

    private int Pass(WebSocketTransformer transformer, byte[] frames)
    {
        transformer.Write(frames, _output);
        var written = _output.Restart();
        return written == frames.Length ? written : throw new InvalidDataException($"The frames did not pass: {transformer.Fault}.");
    }

    // RFC 6455 section 5.2: FIN and opcode, mask and length, key, payload.
    private static byte[] Frames(bool isMasked, int pieces)
    {
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("The build is green and the tests pass. ", 40)))[..MessageLength];
        var frames = new MemoryStream();
        for (var message = 0; message < Messages; message++)
        {
            for (var piece = 0; piece < pieces; piece++)
            {
                WriteFrame(frames, text.AsSpan(MessageLength / pieces * piece, MessageLength / pieces), piece == 0, piece == pieces - 1, isMasked);
            }
        }

        return frames.ToArray();
    }

    private static void WriteFrame(MemoryStream frames, ReadOnlySpan<byte> payload, bool isFirst, bool isLast, bool isMasked)
    {
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)payload.Length);
        frames.Write([(byte)((isLast ? 0x80 : 0) | (isFirst ? 1 : 0)), (byte)((isMasked ? 0x80 : 0) | 126), .. length]);
        ReadOnlySpan<byte> key = isMasked ? [0x37, 0xfa, 0x21, 0x3d] : [];
        frames.Write(key);
        for (var i = 0; i < payload.Length; i++)
        {
            frames.WriteByte((byte)(payload[i] ^ (isMasked ? key[i % 4] : 0)));
        }
    }

    private sealed class PassingInspector : IMessageInspector
    {
        private bool _hasOne;

        public bool Add(ReadOnlySpan<byte> message, bool isText) => _hasOne = true;

        public MessageTake Take(IBufferWriter<byte> into)
        {
            var take = _hasOne ? MessageTake.Same : MessageTake.None;
            _hasOne = false;
            return take;
        }

        public bool Complete() => true;

        public bool MayPass(ReadOnlySpan<byte> controlPayload) => true;

        public void Dispose()
        {
        }
    }
}
