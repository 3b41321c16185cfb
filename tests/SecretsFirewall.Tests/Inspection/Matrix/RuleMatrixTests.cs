using System.Text.RegularExpressions;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Tests.Inspection.Rules;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Matrix;

/// <summary>
/// Every rule, through the engine with all rules: its examples in every rendering and every carrier, whole and in pieces.
/// </summary>
public sealed partial class RuleMatrixTests
{
    private static readonly DetectionSnapshot Snapshot = DetectionSnapshot.Build([], InstallKey, [.. ShippedRules.Set.Enabled]);

    public static TheoryData<string> Families => [.. ShippedRules.Set.Enabled.Select(rule => rule.Description.Family).Distinct()];

    [Theory]
    [MemberData(nameof(Families))]
    public void Mask_ExampleInAnyRenderingAndCarrier_LeavesAllButTheSecret(string family) =>
        Check(MatrixText.All(family, TextCarrier.Plain), text => Complaint(text, Snapshot.MaskWhole(text.Message)));

    [Theory]
    [MemberData(nameof(Families))]
    public void Mask_TokenInAnEncodingCarrier_LeavesNothingOfIt(string family) =>
        Check(MatrixText.Some(family, TextCarrier.Encoding), text =>
            text.Rule.Kind is RuleKind.Token && Complaint(text, Snapshot.MaskWhole(text.Message)) is "the secret is still there" or "can no longer be read" or "nothing was found"
                ? "is not masked" : null);

    [Theory]
    [MemberData(nameof(Families))]
    public void Mask_ExampleInTwoPieces_GivesWhatTheWholeGives(string family) =>
        Check(MatrixText.Some(family, TextCarrier.Plain), text =>
        {
            var whole = Snapshot.MaskWhole(text.Message);
            for (var cut = 1; cut < text.Message.Length; cut++)
            {
                if (!whole.AsSpan().SequenceEqual(Snapshot.MaskInChunks(text.Message, cut)))
                {
                    return $"differs when cut at {cut} (the secret is at {text.Start} of the text)";
                }
            }

            return null;
        });

    [Theory]
    [MemberData(nameof(Families))]
    public void Mask_ExampleByteByByte_GivesWhatTheWholeGives(string family) =>
        Check(MatrixText.Some(family, TextCarrier.Plain), text =>
            Snapshot.MaskWhole(text.Message).AsSpan().SequenceEqual(Snapshot.MaskByteByByte(text.Message)) ? null : "differs byte by byte");

    [Theory]
    [MemberData(nameof(Families))]
    public void Mask_ExampleInGzip_IsGzipOfWhatTheWholeGives(string family) =>
        Check(MatrixText.Some(family, TextCarrier.Plain).Where((_, i) => i % 7 == 2), text =>
        {
            foreach (var step in (int[])[1, 13, 4096])
            {
                if (!CodedBody.Mask(Snapshot, text.Message, step, ContentCoding.Gzip).AsSpan().SequenceEqual(Snapshot.MaskWhole(text.Message)))
                {
                    return $"differs when read {step} bytes at a time";
                }
            }

            return null;
        });

    private static void Check(IEnumerable<MatrixText> texts, Func<MatrixText, string?> complaintAbout)
    {
        var all = texts.ToList();
        var complaints = all.AsParallel().AsOrdered().Select(text => (text, complaint: complaintAbout(text))).Where(pair => pair.complaint is not null)
            .Select(pair => $"{pair.text}: {pair.complaint}").ToList();

        Assert.NotEmpty(all);
        Assert.True(complaints.Count == 0, $"{complaints.Count} of {all.Count}:\n{string.Join('\n', complaints.Take(40))}");
    }

    /// <summary>What is wrong with a masked message, without its bytes; null if nothing is.</summary>
    private static string? Complaint(MatrixText text, byte[] masked)
    {
        byte[] read;
        try
        {
            read = text.Carrier.Read(masked);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or FormatException or Xunit.Sdk.XunitException)
        {
            return "can no longer be read";
        }

        if (read.AsSpan().IndexOf(text.Secret) >= 0 || masked.AsSpan().IndexOf(text.Secret) >= 0)
        {
            return "the secret is still there";
        }

        // In base64, spaces behind a reference keep what follows in its place.
        read = text.Carrier.Name.Contains("base64", StringComparison.Ordinal)
            ? System.Text.Encoding.Latin1.GetBytes(Spaces().Replace(System.Text.Encoding.Latin1.GetString(read), ")")) : read;

        // References aside, what is left is what stood there: piece by piece, in order, from the first byte to the last.
        var at = 0;
        var pieces = Reference().Split(System.Text.Encoding.Latin1.GetString(read)).Select(System.Text.Encoding.Latin1.GetBytes).ToList();
        for (var i = 0; i < pieces.Count; i++)
        {
            var stands = i == pieces.Count - 1 ? text.Text.Length - pieces[i].Length - at : text.Text.AsSpan(at).IndexOf(pieces[i]);
            if (stands < 0 || (i == 0 && stands > 0) || !text.Text.AsSpan(at + stands).StartsWith(pieces[i]))
            {
                return "other bytes have changed";
            }

            at += stands + pieces[i].Length;
        }

        // Of a token whose first characters could be those of any word, a few letters may stay.
        var left = pieces.Sum(piece => piece.Length) - (text.Text.Length - text.Secret.Length);
        return pieces.Count == 1 ? "nothing was found"
            : left != 0 && (text.Rule.Shape.Lead == 0 || left is < 0 or > 8) ? $"{left} bytes more are left than should be"
            : null;
    }

    [GeneratedRegex(@"(?<=SECRET_REF\([a-z0-9.-]+)\) {1,2}")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"SECRET_REF\(auto\.[a-z0-9-]+\.[0-9a-f]{8}\)")]
    private static partial Regex Reference();
}
