using System.Text;
using BenchmarkDotNet.Attributes;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;

namespace SecretsFirewall.Benchmarks.HotPaths;

/// <summary>
/// A body of 256 KB in chunks of 16 KB with a registered value in every 4 KB, as it was registered or coded: found and replaced by its name. The floor is the
/// same body without values, so that what is left is the replacing.
/// </summary>
[MemoryDiagnoser]
public class ReplacementBenchmarks
{
    public const string Plain = "plain";

    public const string Json = "JSON escapes";

    public const string Base64 = "base64";

    public const string Hex = "hex";

    private const int BodyLength = 256 * 1024;

    private const int Distance = 4 * 1024;

    private const int ChunkLength = 16 * 1024;

    private readonly ReusedWriter _output = new(1 << 20);
    private readonly byte[] _clean = LlmBodies.CreateBody(new Random(12), BodyLength);
    private DetectionSnapshot _snapshot = DetectionSnapshot.Empty;
    private byte[] _body = [];

    [Params(Plain, Json, Base64, Hex)]
    public string Spelling { get; set; } = Plain;

    [GlobalSetup]
    public void Setup()
    {
        _snapshot = Registries.Snapshot(1_000, ShippedRules.Enabled);
        var values = Registries.Values(1_000).Select(static one => one.Value.ToArray()).ToList();
        using var body = new MemoryStream();
        for (var at = 0; at < _clean.Length; at += Distance)
        {
            body.Write(_clean.AsSpan(at, Math.Min(Distance, _clean.Length - at)));
            body.Write(Encoding.ASCII.GetBytes($" {Spelled(values[at / Distance])} "));
        }

        _body = body.ToArray();
    }

    [Benchmark(Baseline = true)]
    public int Clean() => Redact(_clean);

    [Benchmark]
    public int Replace() => Redact(_body);

    private string Spelled(byte[] value) => Spelling switch
    {
        Json => string.Concat(value.Select(static b => $"\\u{b:x4}")),
        Base64 => Convert.ToBase64String(value),
        Hex => Convert.ToHexStringLower(value),
        _ => Encoding.ASCII.GetString(value),
    };

    private int Redact(byte[] body)
    {
        using var redactor = new StreamRedactor(_snapshot, Registries.MaskAll);
        var written = 0;
        for (var at = 0; at < body.Length; at += ChunkLength)
        {
            redactor.Write(body.AsSpan(at, Math.Min(ChunkLength, body.Length - at)), _output);
            written += _output.Restart();
        }

        redactor.Complete(_output);
        written += _output.Restart();
        return redactor.Blocked is null ? written : throw new InvalidDataException("The body was refused.");
    }
}
