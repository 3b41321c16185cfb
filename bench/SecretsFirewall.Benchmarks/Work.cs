using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;

namespace SecretsFirewall.Benchmarks;

/// <summary>The measured operations over all bodies, shared by the quick table and BenchmarkDotNet.</summary>
internal sealed class Work(IReadOnlyList<byte[]> bodies)
{
    private readonly ReusedWriter _output = new(1 << 20);
    private readonly byte[] _copy = new byte[16 * 1024];
    private readonly List<Detection> _found = [];

    /// <summary>The floor: every byte copied once, 16 KB at a time.</summary>
    public int Copy()
    {
        var copied = 0;
        foreach (var body in bodies)
        {
            for (var at = 0; at < body.Length; at += _copy.Length)
            {
                var chunk = body.AsSpan(at, Math.Min(_copy.Length, body.Length - at));
                chunk.CopyTo(_copy);
                copied += _copy[chunk.Length / 2];
            }
        }

        return copied;
    }

    public int Find(DetectionSnapshot snapshot)
    {
        var count = 0;
        foreach (var body in bodies)
        {
            snapshot.Find(body, _found);
            count += _found.Count;
        }

        return count;
    }

    /// <summary>Chunks in, copied out, what is open held back. Returns how many bytes were taken: all, unless one of the bodies was refused.</summary>
    public long Stream(DetectionSnapshot snapshot, int chunkLength)
    {
        var taken = 0L;
        foreach (var body in bodies)
        {
            using var redactor = new StreamRedactor(snapshot, Registries.MaskAll);
            for (var at = 0; at < body.Length; at += chunkLength)
            {
                var isGood = redactor.Write(body.AsSpan(at, Math.Min(chunkLength, body.Length - at)), _output);
                _output.Restart();
                if (!isGood)
                {
                    break;
                }
            }

            redactor.Complete(_output);
            _output.Restart();
            taken += redactor.BytesIn;
        }

        return taken;
    }
}
