using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Scanning;

/// <summary>
/// Looks through one text of any length in bounded memory: window by window, each with what stands before and behind it.
/// <code>
///   ├─ context ─┼────────── own ──────────┼─ context ─┤
///                                         ├─ own of the next …
/// </code>
/// A finding belongs to the window in whose own part it starts; the context is longer than anything that a rule reads. Bytes are bytes:
/// a binary file is looked through like a text.
/// </summary>
internal sealed class TextScanner
{
    // More than the farthest that any rule may read (64 KB); a registered value in its longest form may be longer.
    private const int MinContext = 128 * 1024;

    private const int MinWindow = 4 * 1024 * 1024;

    // A file with more is no place to list them one by one; and their number bounds the memory.
    private const int MaxFindings = 100_000;

    private readonly DetectionSnapshot _snapshot;
    private readonly Fingerprints _fingerprints;
    private readonly RuleConfidence _least;
    private readonly Dictionary<string, DetectionRule> _rules;
    private readonly int _context;
    private readonly int _window;

    /// <param name="least">What is less sure is not reported.</param>
    public TextScanner(DetectionSnapshot snapshot, Fingerprints fingerprints, RuleConfidence least)
    {
        _snapshot = snapshot;
        _fingerprints = fingerprints;
        _least = least;
        _rules = snapshot.Rules.ToDictionary(rule => rule.Id, StringComparer.Ordinal);
        _context = Math.Max(MinContext, 2 * snapshot.LongestForm);
        _window = Math.Max(MinWindow, 4 * _context);
    }

    /// <param name="lengthHint">The length of the text, if it is known; 0 if not.</param>
    /// <param name="progress">Told how many bytes were read since the last time.</param>
    /// <exception cref="IOException">The text cannot be read to its end.</exception>
    public FileScan Scan(string path, Stream text, long lengthHint, Action<long> progress, CancellationToken cancellationToken)
    {
        var buffer = TrafficBuffers.Rent((int)Math.Min(_window, lengthHint > 0 ? lengthHint + 1 : _window));
        var used = 0;
        try
        {
            var findings = new List<ScanFinding>();
            var detections = new List<Detection>();
            var (origin, length, own, counted, position) = (0L, 0, 0, 0, TextPosition.Start);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = text.ReadAtLeast(buffer.AsSpan(length), buffer.Length - length, throwOnEndOfStream: false);
                length += read;
                used = Math.Max(used, length);
                progress(read);
                var isLast = length < buffer.Length;
                if (!isLast && buffer.Length < _window)
                {
                    buffer = Larger(buffer, ref used);
                    continue;
                }

                var window = buffer.AsSpan(0, length);
                var end = isLast ? length : length - _context;
                _snapshot.Find(window, detections);
                foreach (var detection in detections.Where(detection => detection.Start >= own && detection.Start < end))
                {
                    if (detection.Kind == FindingKind.Unread || findings.Count == MaxFindings)
                    {
                        return new FileScan(path, findings, origin + length, Problem: detection.Kind == FindingKind.Unread
                            ? $"From byte {origin + detection.Start} on it was too much work; what follows was not looked at."
                            : $"There are more than {MaxFindings} findings; those behind byte {origin + detection.Start} are not listed.");
                    }

                    position = position.After(window[counted..(int)detection.Start]);
                    counted = (int)detection.Start;
                    if (detection.Kind != FindingKind.Reference && detection.Confidence >= _least)
                    {
                        findings.Add(Finding(path, window.Slice(counted, detection.Length), origin, position, detection));
                    }
                }

                if (isLast)
                {
                    return new FileScan(path, findings, origin + length);
                }

                position = position.After(window[counted..end]);
                var dropped = end - _context;
                window[dropped..].CopyTo(buffer);
                (origin, length, own, counted) = (origin + dropped, length - dropped, _context, _context);
            }
        }
        finally
        {
            TrafficBuffers.Return(buffer, used);
        }
    }

    private ScanFinding Finding(string path, ReadOnlySpan<byte> secret, long origin, TextPosition position, Detection detection) => new(
        path,
        detection.Rule,
        position,
        position.After(secret),
        origin + detection.Start,
        origin + detection.End,
        detection.Confidence,
        _fingerprints.Of(detection.Rule, path, position.Line, secret),
        detection.Kind == FindingKind.Registered ? $"SECRET_REF({detection.Name.Value})" : Preview.Of(_rules.GetValueOrDefault(detection.Rule), secret));

    // The file has grown since its length was asked.
    private byte[] Larger(byte[] buffer, ref int used)
    {
        var larger = TrafficBuffers.Rent(_window);
        buffer.AsSpan(0, used).CopyTo(larger);
        TrafficBuffers.Return(buffer, used);
        return larger;
    }
}
