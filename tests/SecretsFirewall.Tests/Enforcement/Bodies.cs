using System.Text;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Enforcement;

/// <summary>Bodies and what inspects them, for tests.</summary>
internal static class Bodies
{
    /// <summary>Plainly fake, long enough to be matched, and with the letters and digits that real ones have.</summary>
    public const string Secret = "not-a-real-secret-0123-abcd";

    public static readonly DetectionSnapshot Snapshot = DetectionSnapshot.Build(
        [new RegisteredValue(SecretName.Create("canary"), Encoding.ASCII.GetBytes(Secret))], new byte[32]);

    public static readonly RedactionPlan Masking = new()
    {
        Registered = FindingAction.Mask,
        Rule = FindingAction.Mask,
        Entropy = FindingAction.Pass,
        Reference = FindingAction.Pass,
    };

    public static StreamRedactor Redactor(RedactionPlan plan) => new(Snapshot, plan);

    public static byte[] Code(byte[] plain, params ContentCoding[] codings)
    {
        using var target = new MemoryStream();
        using (var encoder = ContentCodings.Encode(target, codings))
        {
            encoder.Write(plain);
        }

        return target.ToArray();
    }

    public static async Task<byte[]> ReadAllAsync(Stream body, int step = 4096)
    {
        using var all = new MemoryStream();
        var buffer = new byte[step];
        while (await body.ReadAsync(buffer) is var count and > 0)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    public static async Task<byte[]> DecodeAsync(byte[] coded, params ContentCoding[] codings) =>
        await ReadAllAsync(ContentCodings.Decode(new MemoryStream(coded), codings));

    public static byte[] RandomText(int length, int seed)
    {
        var random = new Random(seed);
        var text = new byte[length];
        for (var i = 0; i < length; i++)
        {
            text[i] = (byte)random.Next(0x20, 0x7f);
        }

        return text;
    }
}

/// <summary>Gives its bytes in pieces of a given size, as a network does.</summary>
internal sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
{
    /// <summary>Bytes that were asked for so far.</summary>
    public long Given { get; private set; }

    /// <summary>How often it was asked.</summary>
    public int Waits { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Waits++;
        var count = Read(buffer.Span[..Math.Min(piece, buffer.Length)]);
        Given += count;
        return ValueTask.FromResult(count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}
