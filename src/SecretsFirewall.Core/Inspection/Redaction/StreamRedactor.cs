using System.Buffers;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>
/// Masks one body, in one direction, while it passes. What comes out is what masking the whole text would give, however it was cut;
/// what stays behind is only what more bytes could still make part of a finding. Not safe for concurrent use.
/// <code>
///            written                         held back
///   ──────────────────────────────┬───────────────────────────┐
///    … text … SECRET_REF(a) … text│ ≤3 base64 │ open prefix … │◄── next chunk
///   ──────────────────────────────┴───────────┴───────────────┘
///                                 ▲ settled   ▲ earliest open
/// </code>
/// <list type="number">
/// <item>Append the chunk to what is held back. If what was open still is, nothing can leave yet.</item>
/// <item>Find everything in it. Find the earliest suffix that could still grow into a form, a token or a reference.</item>
/// <item>Settled is the text before that, less the base64 characters that would share a quad with it.</item>
/// <item>Act on the findings that end in settled text; the first that does not is held back with all that follows.</item>
/// <item>Write the settled text; keep the rest.</item>
/// </list>
/// </summary>
public sealed class StreamRedactor : IDisposable
{
    // A chunk is inspected in slices that the first two levels of the cache hold.
    private const int SliceLength = 32 * 1024;

    // How much of a chunk is copied to what is held back: enough for an ordinary token in any form.
    private const int SeamLength = 256;

    // Findings that overlap in an endless chain are one range that never ends. No honest text does that.
    private const int MinHoldLimit = 256 * 1024;

    private readonly DetectionSnapshot _snapshot;
    private readonly RedactionPlan _plan;
    private readonly Action<Detection.Detection, FindingAction>? _onFinding;
    private readonly MaskedValue? _onMasked;
    private readonly List<Detection.Detection> _found = [];
    private readonly HeldBytes _held = new();
    private readonly int _holdLimit;
    private int _openAt;

    /// <param name="onFinding">Told of each finding once it is final, in order, with its offset in the stream and what is done about it.</param>
    /// <param name="onMasked">Shown each value that is masked, after <paramref name="onFinding"/>.</param>
    public StreamRedactor(
        DetectionSnapshot snapshot, RedactionPlan plan, Action<Detection.Detection, FindingAction>? onFinding = null, MaskedValue? onMasked = null)
    {
        _onMasked = onMasked;
        _snapshot = snapshot;
        _plan = plan;
        _onFinding = onFinding;
        _holdLimit = Math.Max(MinHoldLimit, 4 * snapshot.LongestForm);
    }

    /// <summary>The finding that stopped the stream.</summary>
    public Detection.Detection? Blocked { get; private set; }

    public long BytesIn { get; private set; }

    /// <summary>Bytes that were taken in and are neither written nor replaced yet.</summary>
    public int HeldBack => _held.Length;

    /// <summary>
    /// Takes a chunk and appends what is now safe to <paramref name="output"/>. False as soon as a finding must block:
    /// nothing at or after it is written, now or later.
    /// </summary>
    public bool Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty && Blocked is null)
        {
            var taken = _held.Length == 0 ? TakeInPlace(chunk, output) : TakeBehindHeld(chunk, output);
            BytesIn += taken;
            chunk = chunk[taken..];
        }

        return EndOfCall();
    }

    /// <summary>The body has ended: nothing is open any more. Same answer as <see cref="Write"/>.</summary>
    public bool Complete(IBufferWriter<byte> output)
    {
        if (Blocked is null)
        {
            _held.Drop(Process(_held.Bytes, BytesIn - _held.Length, _held.Length, isLast: true, output));
        }

        return EndOfCall();
    }

    public void Dispose() => _held.Dispose();

    /// <summary>Nothing is held back: the text is inspected where it lies, and only its open end is kept.</summary>
    private int TakeInPlace(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        var slice = chunk[..Math.Min(chunk.Length, SliceLength)];
        _held.Append(slice[Process(slice, BytesIn, slice.Length, isLast: false, output)..]);
        return slice.Length;
    }

    /// <summary>
    /// Joins what is held back with the beginning of the chunk. Once all of it has left, what remains lies in the chunk and is taken from there:
    /// only the seam is copied. The seam doubles while it settles nothing, so that a long wait stays linear.
    /// </summary>
    private int TakeBehindHeld(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        // :: Step 1
        var seam = chunk[..Math.Min(chunk.Length, Math.Max(SeamLength, _held.Length))];
        var nothingOpen = _openAt == _held.Length;
        _held.Append(seam);
        if (!nothingOpen && _snapshot.IsOpen(_held.Bytes[_openAt..]))
        {
            return seam.Length;
        }

        // What is open further on is seen when the chunk is inspected where it lies.
        var before = _held.Length - seam.Length;
        var lookUpTo = seam.Length == chunk.Length ? _held.Length : Math.Min(_held.Length, before + Base64Quads.MaxReach);
        _held.Drop(Process(_held.Bytes, BytesIn - before, lookUpTo, isLast: false, output));
        if (seam.Length == chunk.Length || _held.Length > seam.Length)
        {
            return seam.Length;
        }

        var left = _held.Length;
        _held.Drop(left);
        return seam.Length - left;
    }

    /// <summary>Writes what is final in <paramref name="text"/>; returns how much of it is done with.</summary>
    /// <param name="origin">Where the text begins in the stream.</param>
    /// <param name="lookUpTo">What begins here or later counts as open, unseen.</param>
    private int Process(ReadOnlySpan<byte> text, long origin, int lookUpTo, bool isLast, IBufferWriter<byte> output)
    {
        // :: Step 2
        _snapshot.Find(text, _found);
        var open = isLast ? text.Length : _snapshot.EarliestOpen(text, lookUpTo);

        // :: Step 3
        var settled = isLast ? text.Length : open - ReachBefore(text, open);

        // :: Step 4
        var written = 0;
        foreach (var detection in _found)
        {
            var (start, end) = ((int)detection.Start, (int)detection.End);
            if (!isLast && !IsFinal(text, detection, settled))
            {
                settled = Math.Max(written, Math.Min(settled, start - ReachBefore(text, start)));
                if (text.Length - settled > _holdLimit)
                {
                    Block(detection with { Start = origin + detection.Start });
                }

                break;
            }

            var action = _plan.For(detection.Kind, detection.Rule, detection.Name);
            var replacement = ReadOnlyMemory<byte>.Empty;
            var isReplaced = action == FindingAction.Mask && detection.Kind != FindingKind.Reference;
            if (isReplaced)
            {
                replacement = Splice.ReplacementFor(text, detection, out start, out var length);
                end = start + length;
            }

            output.Write(text[written..start]);
            written = start;
            if (action == FindingAction.Block)
            {
                Block(detection with { Start = origin + detection.Start });
                return text.Length;
            }

            _onFinding?.Invoke(detection with { Start = origin + detection.Start }, action);
            if (isReplaced)
            {
                _onMasked?.Invoke(detection with { Start = origin + detection.Start }, text.Slice((int)detection.Start, detection.Length));
                output.Write(replacement.Span);
                written = end;
            }
        }

        // :: Step 5
        if (settled > written)
        {
            output.Write(text[written..settled]);
        }

        _openAt = open - settled;
        return Blocked is null ? settled : text.Length;
    }

    /// <summary>
    /// True if nothing that may still come can touch the finding: neither an open suffix, nor a later secret's first quad, nor more of its own last one.
    /// </summary>
    private bool IsFinal(ReadOnlySpan<byte> text, in Detection.Detection detection, int settled)
    {
        var (start, end) = ((int)detection.Start, (int)detection.End);
        if (Base64Quads.MayGrow(text, detection.Form, detection.Alignment, start, end))
        {
            return false;
        }

        return end + (_snapshot.HasForms ? Base64Quads.ReachAfter(text, end) : 0) <= settled;
    }

    private int ReachBefore(ReadOnlySpan<byte> text, int position) => _snapshot.HasForms ? Base64Quads.ReachBefore(text, position) : 0;

    private void Block(in Detection.Detection detection)
    {
        Blocked = detection;
        _onFinding?.Invoke(detection, FindingAction.Block);
    }

    private bool EndOfCall()
    {
        _found.Clear();
        if (Blocked is not null)
        {
            _held.Drop(_held.Length);
        }

        _held.Trim();
        return Blocked is null;
    }
}
