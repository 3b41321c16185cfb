using System.Buffers;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Tests.Inspection.Codecs;

namespace SecretsFirewall.Tests.Inspection.Matrix;

/// <summary>A body under a content coding: decoded, masked in the pieces that the decoder gives, and coded again.</summary>
internal static class CodedBody
{
    /// <returns>What whoever decodes the masked body reads; throws if it does not decode.</returns>
    public static byte[] Mask(DetectionSnapshot snapshot, byte[] plain, int step, params ContentCoding[] codings)
    {
        using var redactor = new StreamRedactor(snapshot, Samples.MaskAll);
        using var masked = new MemoryStream();
        using (var decoder = ContentCodings.Decode(new ShortReadsStream(Encode(plain, codings), step), codings))
        using (var encoder = ContentCodings.Encode(masked, codings))
        {
            var buffer = new byte[step];
            for (int count; (count = decoder.Read(buffer)) > 0;)
            {
                var safe = new ArrayBufferWriter<byte>();
                Assert.True(redactor.Write(buffer.AsSpan(0, count), safe));
                encoder.Write(safe.WrittenSpan);
            }

            var rest = new ArrayBufferWriter<byte>();
            Assert.True(redactor.Complete(rest));
            encoder.Write(rest.WrittenSpan);
        }

        return Decode(masked.ToArray(), codings);
    }

    private static byte[] Encode(byte[] plain, ContentCoding[] codings)
    {
        using var target = new MemoryStream();
        using (var encoder = ContentCodings.Encode(target, codings))
        {
            encoder.Write(plain);
        }

        return target.ToArray();
    }

    private static byte[] Decode(byte[] coded, ContentCoding[] codings)
    {
        using var plain = new MemoryStream();
        using var decoder = ContentCodings.Decode(new MemoryStream(coded), codings);
        decoder.CopyTo(plain);
        return plain.ToArray();
    }
}
