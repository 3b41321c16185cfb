using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>Replaces ranges of a whole text and copies everything else byte for byte.</summary>
public static class Splice
{
    /// <summary>One range and what takes its place.</summary>
    public readonly record struct Edit(int Start, int Length, ReadOnlyMemory<byte> Replacement);

    /// <summary>Replaces each detection by its reference, in the carrier's own encoding. References stay as they are.</summary>
    /// <param name="detections">In <paramref name="text"/>, as <see cref="Detection.DetectionSnapshot.Find"/> gives them.</param>
    public static void Mask(ReadOnlySpan<byte> text, IReadOnlyList<Detection.Detection> detections, IBufferWriter<byte> output)
    {
        var copied = 0;
        foreach (var detection in detections)
        {
            if (detection.Kind == FindingKind.Reference)
            {
                continue;
            }

            var replacement = ReplacementFor(text, detection, out var start, out var length);
            output.Write(text[copied..start]);
            output.Write(replacement.Span);
            copied = start + length;
        }

        output.Write(text[copied..]);
    }

    /// <param name="edits">Sorted by start, not overlapping.</param>
    /// <exception cref="ArgumentException">They are not.</exception>
    public static void Apply(ReadOnlySpan<byte> text, IReadOnlyList<Edit> edits, IBufferWriter<byte> output)
    {
        var copied = 0;
        foreach (var edit in edits)
        {
            if (edit.Start < copied || edit.Length < 0 || edit.Length > text.Length - edit.Start)
            {
                throw new ArgumentException("Edits must be sorted, disjoint and inside the text.", nameof(edits));
            }

            output.Write(text[copied..edit.Start]);
            output.Write(edit.Replacement.Span);
            copied = edit.Start + edit.Length;
        }

        output.Write(text[copied..]);
    }

    /// <summary>
    /// The reference as the carrier writes it: ASCII in plain text and behind escapes (valid at any depth of them),
    /// hex in hex, two bytes a character in UTF-16, and in base64 and base32 whole groups that keep the neighbours' bytes.
    /// </summary>
    /// <param name="text">Holds the detection at its <c>Start</c>.</param>
    /// <param name="start">With <paramref name="length"/>, the range to replace; in base64 wider than the detection.</param>
    public static ReadOnlyMemory<byte> ReplacementFor(ReadOnlySpan<byte> text, in Detection.Detection detection, out int start, out int length)
    {
        start = (int)detection.Start;
        length = detection.Length;
        var reference = SecretReference.FormatUtf8(detection.Name);
        return detection.Form switch
        {
            Detection.ValueForm.HexLower => HexReplacement.Of(reference, upperCase: false),
            Detection.ValueForm.HexUpper => HexReplacement.Of(reference, upperCase: true),
            Detection.ValueForm.Base64 or Detection.ValueForm.Base64Url =>
                Base64Replacement.Of(text, detection, reference, out start, out length),
            Detection.ValueForm.Base64Quads or Detection.ValueForm.Base32 => GroupReplacement.Of(text.Slice(start, length), detection, reference),
            Detection.ValueForm.HexWords => HexReplacement.Of(text.Slice(start, length), reference),
            Detection.ValueForm.Utf16LittleEndian => System.Text.Encoding.Unicode.GetBytes(SecretReference.Format(detection.Name)),
            Detection.ValueForm.Utf16BigEndian => System.Text.Encoding.BigEndianUnicode.GetBytes(SecretReference.Format(detection.Name)),
            _ => reference,
        };
    }
}
