using System.Buffers;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Redaction;

/// <summary>
/// Masks one body, in one direction, while it passes. What comes out is what masking the whole text would give, however it was cut;
/// what stays behind is only what more bytes could still make part of a finding. Not safe for concurrent use.
/// <code>
///            written                              held back
///   ────────────────┬──────────────┬───────────────────────────┐
///    … SECRET_REF(a)│   context    │ ≤3 base64 │ open prefix … │◄── next chunk
///   ────────────────┴──────────────┴───────────┴───────────────┘
///                                  ▲ settled   ▲ earliest open
/// </code>
/// <list type="number">
/// <item>Put the chunk behind what is kept. A large chunk is only joined at the seam, and inspected further where it lies.</item>
/// <item>Find everything in it, and the earliest position from which more bytes could change something.</item>
/// <item>Settled is the text before that, less the base64 characters that would share a quad with it.</item>
/// <item>Act on the findings that end in settled text; the first that does not is held back with all that follows.</item>
/// <item>Write the settled text; keep the rest, and before it as much as may say what the rest is (a name before its value).</item>
/// </list>
/// </summary>
public sealed class StreamRedactor : IDisposable
{
    // A large chunk is inspected in slices that the first two levels of the cache hold.
    private const int SliceLength = 32 * 1024;

    // Up to here copying a chunk costs less than inspecting a seam twice: what is copied need not be waited for when it is searched.
    private const int SmallChunk = 32 * 1024;

    // How much of a large chunk is looked at behind the seam: enough for an ordinary token in any form.
    private const int SeamLength = 256;

    // Findings that overlap in an endless chain are one range that never ends. No honest text does that.
    private const int MinHoldLimit = 256 * 1024;

    private readonly DetectionSnapshot _snapshot;
    private readonly RedactionPlan _plan;
    private readonly Action<Detection.Detection, FindingAction>? _onFinding;
    private readonly MaskedValue? _onMasked;
    private readonly List<Detection.Detection> _found = [];
    private readonly HeldBytes _kept = new();
    private readonly WorkBudget _work = new();
    private readonly int _context;
    private readonly int _holdLimit;

    // Of what is kept, how much has been written.
    private int _written;

    // How much must be kept before it is searched again.
    private int _nextSearch;
    private SearchBudget _budget;

    /// <param name="onFinding">Told of each finding once it is final, in order, with its offset in the stream and what is done about it.</param>
    /// <param name="onMasked">Shown each value that is masked, after <paramref name="onFinding"/>.</param>
    public StreamRedactor(
        DetectionSnapshot snapshot, RedactionPlan plan, Action<Detection.Detection, FindingAction>? onFinding = null, MaskedValue? onMasked = null)
    {
        _onMasked = onMasked;
        _snapshot = snapshot;
        _plan = plan;
        _onFinding = onFinding;
        _context = snapshot.Context;
        _holdLimit = Math.Max(MinHoldLimit, 4 * snapshot.LongestForm);
    }

    /// <summary>The finding that stopped the stream.</summary>
    public Detection.Detection? Blocked { get; private set; }

    public long BytesIn { get; private set; }

    /// <summary>Bytes that were taken in and are neither written nor replaced yet.</summary>
    public int HeldBack => _kept.Length - _written;

    /// <summary>
    /// Takes a chunk and appends what is now safe to <paramref name="output"/>. False as soon as a finding must block:
    /// nothing at or after it is written, now or later.
    /// </summary>
    public bool Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        // :: Step 1
        var start = BytesIn;
        if (Blocked is null && _kept.Length + chunk.Length < _nextSearch)
        {
            _kept.Append(chunk);
            BytesIn += chunk.Length;
            return true;
        }

        var settled = _kept.Length == 0 ? 0 : TakeSeam(chunk, output);
        if (Blocked is null && settled >= 0)
        {
            Keep(chunk, TakeInPlace(chunk, settled, start, output));
        }

        BytesIn = start + chunk.Length;
        _nextSearch = _budget.NextSearch(_kept.Length, HeldBack, BytesIn);
        return EndOfCall();
    }

    /// <summary>The body has ended: nothing is open any more. Same answer as <see cref="Write"/>.</summary>
    public bool Complete(IBufferWriter<byte> output)
    {
        if (Blocked is null)
        {
            Process(_kept.Bytes, _written, BytesIn - _kept.Length, _kept.Length, isLast: true, output);
            _kept.Drop(_kept.Length);
            _written = 0;
        }

        return EndOfCall();
    }

    public void Dispose() => _kept.Dispose();

    /// <summary>
    /// Joins what is kept with the beginning of the chunk, until all of what was kept has left and enough of the chunk to be the context of the
    /// rest. The seam doubles while that is not so: a long wait stays linear.
    /// </summary>
    /// <returns>How much of the chunk is settled; −1 if all of the chunk is kept.</returns>
    private int TakeSeam(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        for (var (length, taken) = ((2 * _context) + SeamLength, 0); ; length *= 2)
        {
            var before = _kept.Length - taken;
            var joined = chunk.Length <= Math.Max(SmallChunk, length) ? chunk.Length : length;
            _kept.Append(chunk[taken..joined]);
            taken = joined;
            var isAll = taken == chunk.Length;

            // What begins behind the context is seen when the chunk is inspected where it lies.
            var limit = isAll ? _kept.Length : before + _context + Base64Quads.MaxReach;
            var settled = Process(_kept.Bytes, _written, BytesIn - before, limit, isLast: false, output);
            if (Blocked is null && !isAll && settled >= before + _context)
            {
                _kept.Drop(_kept.Length);
                return settled - before;
            }

            before = Math.Max(0, settled - _context);
            _kept.Drop(before);
            _written = settled - before;
            if (Blocked is not null || isAll)
            {
                return -1;
            }
        }
    }

    /// <summary>What precedes in the chunk is context enough: it is inspected where it lies.</summary>
    /// <param name="start">Where the chunk begins in the stream.</param>
    /// <returns>How much of the chunk is settled.</returns>
    private int TakeInPlace(ReadOnlySpan<byte> chunk, int settled, long start, IBufferWriter<byte> output)
    {
        for (var length = SliceLength; settled < chunk.Length && Blocked is null;)
        {
            var from = Math.Max(0, settled - _context);
            var text = chunk[from..Math.Min(chunk.Length, settled + length)];
            var before = settled;
            settled = from + Process(text, settled - from, start + from, text.Length, isLast: false, output);
            if (from + text.Length == chunk.Length)
            {
                break;
            }

            length = settled == before ? length * 2 : SliceLength;
        }

        return settled;
    }

    /// <summary>Keeps what of a chunk is not settled, and its context.</summary>
    private void Keep(ReadOnlySpan<byte> chunk, int settled)
    {
        var from = Math.Max(0, settled - _context);
        _kept.Append(chunk[from..]);
        _written = settled - from;
    }

    /// <summary>Writes what is final in <paramref name="text"/>; returns how far it is settled.</summary>
    /// <param name="from">What stands before it is settled already.</param>
    /// <param name="origin">Where the text begins in the stream.</param>
    /// <param name="limit">What begins here or later counts as open, unseen.</param>
    private int Process(ReadOnlySpan<byte> text, int from, long origin, int limit, bool isLast, IBufferWriter<byte> output)
    {
        // :: Step 2
        var open = _snapshot.Search(text, from, limit, isLast, _found, _work);

        // :: Step 3
        var settled = isLast ? text.Length : Math.Max(from, open - ReachBefore(text, open));

        // :: Step 4
        var written = from;
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

            var action = detection.ActionUnder(_plan);
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
            _kept.Drop(_kept.Length);
            _written = 0;
        }

        _kept.Trim();
        return Blocked is null;
    }
}
