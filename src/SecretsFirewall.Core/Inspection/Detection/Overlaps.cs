using System.Runtime.InteropServices;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>
/// Makes of all that the detectors found a sorted list of ranges that do not overlap (DESIGN.md section 5): placeholders are no secrets,
/// what could not be read to its end beats what was found in it, registry beats rule beats entropy beats reference, then leftmost, then longest, then
/// surest; what overlaps becomes one range under the winner's name, and what it swallows is remembered.
/// Ranges overlap if the bytes that would be replaced do, so two secrets that share a base64 quad are one range.
/// </summary>
internal static class Overlaps
{
    private static readonly Comparison<Detection> ByStart = static (a, b) =>
        a.Start != b.Start ? a.Start.CompareTo(b.Start)
        : a.Length != b.Length ? b.Length.CompareTo(a.Length)
        : a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind)
        : a.Confidence != b.Confidence ? b.Confidence.CompareTo(a.Confidence)
        : a.Form != b.Form ? a.Form.CompareTo(b.Form)
        : a.Rule != b.Rule ? string.CompareOrdinal(a.Rule, b.Rule)
        : a.Alignment != b.Alignment ? a.Alignment.CompareTo(b.Alignment)
        : string.CompareOrdinal(a.Name.Value, b.Name.Value);

    private static readonly Comparison<Detection> PlainFirst = static (a, b) =>
        a.Start == b.Start && IsEncoded(a) != IsEncoded(b) ? IsEncoded(a).CompareTo(IsEncoded(b)) : ByStart(a, b);

    /// <param name="detections">Everything found in <paramref name="text"/>, in any order, with duplicates; becomes the result.</param>
    /// <param name="isPlaceholder">True for the names of references that masking itself could have written.</param>
    /// <param name="names">Of what rules found and has none yet: only a winner needs one, and it costs more than finding it.</param>
    public static void Resolve(ReadOnlySpan<byte> text, List<Detection> detections, Func<SecretName, bool> isPlaceholder, AutoNames names)
    {
        if (detections.Count == 0)
        {
            return;
        }

        detections.Sort(PlainFirst);
        DropInsidePlaceholders(detections, isPlaceholder);
        DropDoubtful(detections);
        var written = 0;
        for (var i = 0; i < detections.Count;)
        {
            detections[written++] = TakeCluster(text, detections, names, ref i);
        }

        detections.RemoveRange(written, detections.Count - written);
    }

    /// <summary>
    /// A secret in a base64 run is found as it stands, and again where the same run is read in lines or behind escapes. Of the two,
    /// the one that stands in the text says better what its neighbours are.
    /// </summary>
    public static void DropRepeatedQuads(List<Detection> detections)
    {
        detections.Sort(ByStart);
        var written = 0;
        for (var i = 0; i < detections.Count; i++)
        {
            var detection = detections[i];
            while (written > 0 && detections[written - 1] is { Form: ValueForm.Base64Quads } quads
                && Base64Quads.IsBase64(detection.Form) && detection.Name == quads.Name && detection.End <= quads.End)
            {
                written--;
            }

            detections[written++] = detection;
        }

        detections.RemoveRange(written, detections.Count - written);
    }

    /// <summary>
    /// What lies wholly inside a reference that we could have written is its text, but for what could not be read. A reference with an unknown name
    /// hides nothing: otherwise <c>SECRET_REF(the-value)</c> would carry a value out.
    /// </summary>
    private static void DropInsidePlaceholders(List<Detection> detections, Func<SecretName, bool> isPlaceholder)
    {
        var end = 0L;
        var written = 0;
        for (var i = 0; i < detections.Count; i++)
        {
            var detection = detections[i];
            if (detection.Kind is not (FindingKind.Reference or FindingKind.Unread) && detection.End <= end)
            {
                continue;
            }

            detections[written++] = detection;
            if (detection.Kind == FindingKind.Reference && isPlaceholder(detection.Name))
            {
                end = detection.End;
            }
        }

        detections.RemoveRange(written, detections.Count - written);
    }

    /// <summary>
    /// Where something is found as it stands, another reading of the same bytes adds only doubt: the text of a less sure rule that goes on behind
    /// it, or the next line, if the text were quoted-printable.
    /// </summary>
    private static void DropDoubtful(List<Detection> detections)
    {
        var (end, confidence, endOfValue) = (0L, RuleConfidence.Low, 0L);
        var written = 0;
        for (var i = 0; i < detections.Count; i++)
        {
            var detection = detections[i];
            if (detection.Kind is FindingKind.Rule or FindingKind.Entropy)
            {
                if (IsDoubtful(detection, end, confidence) || (detection.Form == ValueForm.QuotedPrintable && detection.Start < endOfValue))
                {
                    continue;
                }

                // key=46… : as quoted-printable the equals sign and what stands around it would be a letter of the value.
                while (!IsEncoded(detection) && written > 0 && detections[written - 1] is { Form: ValueForm.QuotedPrintable } reading
                    && reading.Rule == detection.Rule && reading.End == detection.End)
                {
                    written--;
                }

                if (!IsEncoded(detection) && detection.End > end)
                {
                    (end, confidence) = (detection.End, detection.Confidence);
                }
            }
            else if (detection.Kind is FindingKind.Registered && !IsEncoded(detection))
            {
                endOfValue = Math.Max(endOfValue, detection.End);
            }

            detections[written++] = detection;
        }

        detections.RemoveRange(written, detections.Count - written);
    }

    /// <param name="end">Of what a rule found before it, as it stands.</param>
    public static bool IsDoubtful(in Detection detection, long end, RuleConfidence confidence) =>
        detection.Kind is FindingKind.Rule or FindingKind.Entropy
        && IsEncoded(detection)
        && detection.Start < end
        && (detection.Form == ValueForm.QuotedPrintable || detection.Confidence < confidence);

    private static bool IsEncoded(in Detection detection) => detection.Form >= ValueForm.Escaped;

    private static Detection TakeCluster(ReadOnlySpan<byte> text, List<Detection> detections, AutoNames names, ref int next)
    {
        var first = next;
        var winner = detections[next];
        var merged = winner;
        var reach = Extent(text, merged).End;
        next++;

        // A first quad reaches a little before its detection's start, so one that starts after the range may still overlap it.
        for (var ahead = next; ahead < detections.Count && detections[ahead].Start - Base64Quads.MaxReach < reach; ahead++)
        {
            if (Extent(text, detections[ahead]).Start >= reach)
            {
                continue;
            }

            for (; next <= ahead; next++)
            {
                var other = detections[next];
                winner = other.Kind < winner.Kind ? other : winner;
                merged = Merge(winner, merged, other);
                reach = Math.Max(reach, Math.Max(Extent(text, other).End, Extent(text, merged).End));
            }
        }

        if (next - first > 1)
        {
            var cluster = CollectionsMarshal.AsSpan(detections)[first..next];
            merged = merged with { Others = OthersIn(text, cluster, winner, names), Confidence = SurestIn(cluster, winner) };
        }

        return winner.Kind is FindingKind.Rule or FindingKind.Entropy && winner.Name == default
            ? merged with { Name = names.Of(winner.Rule, text.Slice((int)winner.Start, winner.Length)) }
            : merged;
    }

    /// <summary>A range is as surely a secret as the surest thing of its kind in it.</summary>
    private static RuleConfidence SurestIn(ReadOnlySpan<Detection> cluster, in Detection winner)
    {
        var surest = winner.Confidence;
        foreach (ref readonly var one in cluster)
        {
            surest = one.Kind == winner.Kind && one.Confidence > surest ? one.Confidence : surest;
        }

        return surest;
    }

    /// <summary>
    /// What rules found in the range beside the winner. What lies in a registered value is that value's text; a canary and what was not read block anyway.
    /// </summary>
    private static Swallowed? OthersIn(ReadOnlySpan<byte> text, ReadOnlySpan<Detection> cluster, in Detection winner, AutoNames names)
    {
        var others = winner.Others;
        if (winner.Kind is FindingKind.Canary or FindingKind.Unread or FindingKind.Reference)
        {
            return others;
        }

        var (start, end) = Extent(text, winner);
        foreach (ref readonly var one in cluster)
        {
            var isInside = one.Start >= start && one.End <= end;
            if ((winner.Kind is FindingKind.Registered && isInside) || (one.Start == winner.Start && one.Length == winner.Length && one.Rule == winner.Rule))
            {
                continue;
            }

            if (one.Kind is FindingKind.Rule or FindingKind.Entropy)
            {
                var (rule, name) = (one.Rule, one.Name);
                var value = text.Slice((int)one.Start, one.Length);
                others = Swallowed.Add(others, one.Kind, rule, name == default ? names.Of(rule, value) : name);
            }

            for (var inner = one.Others; inner is not null; inner = inner.Next)
            {
                others = Swallowed.Add(others, inner.Kind, inner.Rule, inner.Name);
            }
        }

        return others;
    }

    /// <summary>
    /// A base64 alignment counts from the winner's own start: a range that begins before it is replaced as plain text. A form of whole groups is
    /// kept where both have it, but nothing of the neighbours.
    /// </summary>
    private static Detection Merge(in Detection winner, in Detection merged, in Detection other)
    {
        var (start, end) = (merged.Start, Math.Max(merged.End, other.End));
        var (form, alignment) = winner.Start == start ? (winner.Form, winner.Alignment) : (ValueForm.Plain, 0);
        if (form >= ValueForm.Base64Quads && winner.End != end)
        {
            (form, alignment) = (merged.Form == other.Form ? form : ValueForm.Plain, 0);
        }

        return winner with { Start = start, Length = (int)(end - start), Form = form, Alignment = alignment };
    }

    /// <summary>What would be replaced.</summary>
    public static (int Start, int End) Extent(ReadOnlySpan<byte> text, in Detection detection)
    {
        var (start, end) = ((int)detection.Start, (int)detection.End);
        Base64Quads.Widen(text, detection.Form, detection.Alignment, ref start, ref end);
        return (start, end);
    }
}
