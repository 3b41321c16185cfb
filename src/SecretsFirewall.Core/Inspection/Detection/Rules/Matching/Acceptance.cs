using System.Buffers.Text;
using System.Collections.Immutable;
using SecretsFirewall.Inspection.Detection.Rules.Checksums;

namespace SecretsFirewall.Inspection.Detection.Rules.Matching;

/// <summary>What is asked of a finding once its shape is right.</summary>
/// <param name="EntropyFloor">Bits per character; 0 where none is asked.</param>
/// <param name="Needs">Of each, at least one character.</param>
/// <param name="RefusesWritten">Words, names in source code and what counts up are no secret.</param>
/// <param name="ChecksumRequired">A wrong checksum is no finding. Otherwise it only proves nothing.</param>
internal sealed record Acceptance(
    RuleConfidence Confidence,
    double EntropyFloor,
    ImmutableArray<ByteSet> Needs,
    StopWords StopWords,
    bool RefusesWritten,
    Checksum? Checksum,
    bool ChecksumRequired)
{
    public bool Accepts(ReadOnlySpan<byte> finding, int body, out RuleConfidence confidence) =>
        Judge(finding, body, out confidence) == Suppression.None;

    /// <summary>Why it is no finding; <see cref="Suppression.None"/> if it is one.</summary>
    public Suppression Judge(ReadOnlySpan<byte> finding, int body, out RuleConfidence confidence)
    {
        confidence = Confidence;
        var secret = finding[body..];
        foreach (var need in Needs)
        {
            if (!need.HasAnyIn(secret))
            {
                return Suppression.Alphabet;
            }
        }

        if (IsNumber(secret))
        {
            return Suppression.Alphabet;
        }

        if ((EntropyFloor > 0 && Entropy.BitsPerByte(secret) < EntropyFloor) || (RefusesWritten && (RandomText.IsWritten(secret) || RandomText.IsCounted(secret))))
        {
            return Suppression.Entropy;
        }

        if (StopWords.AreIn(secret))
        {
            return Suppression.StopWord;
        }

        var isProven = Checksum?.IsValid(finding, body) is true;
        confidence = isProven ? RuleConfidence.High : confidence;
        return isProven || !ChecksumRequired ? Suppression.None : Suppression.Checksum;
    }

    /// <summary>A number with an exponent, which has a letter: no secret, and in JSON nothing can take its place but a number.</summary>
    private static bool IsNumber(ReadOnlySpan<byte> secret) =>
        !secret.IsEmpty
        && char.IsAsciiDigit((char)secret[^1])
        && (char.IsAsciiDigit((char)secret[0]) || secret[0] == '-')
        && secret.ContainsAny((byte)'e', (byte)'E')
        && Utf8Parser.TryParse(secret, out double _, out var consumed)
        && consumed == secret.Length;
}
