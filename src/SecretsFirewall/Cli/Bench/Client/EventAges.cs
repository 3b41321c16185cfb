using System.Buffers.Text;
using System.Diagnostics;

namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>
/// Reads the <c>"t":ticks}</c> at the end of each streamed event, however the stream is split, and keeps how old the event
/// was on arrival. Both processes read the same monotonic clock.
/// </summary>
internal sealed class EventAges
{
    private readonly byte[] _line = new byte[1024];
    private readonly List<double> _milliseconds = [];
    private int _length;

    public IReadOnlyList<double> Milliseconds => _milliseconds;

    public void Read(ReadOnlySpan<byte> data)
    {
        foreach (var b in data)
        {
            if (b == (byte)'\n')
            {
                ReadLine(_line.AsSpan(0, _length));
                _length = 0;
            }
            else if (_length < _line.Length)
            {
                _line[_length++] = b;
            }
        }
    }

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        var at = line.LastIndexOf("\"t\":"u8);
        if (at >= 0 && Utf8Parser.TryParse(line[(at + 4)..], out long written, out _))
        {
            _milliseconds.Add(Stopwatch.GetElapsedTime(written).TotalMilliseconds);
        }
    }
}
