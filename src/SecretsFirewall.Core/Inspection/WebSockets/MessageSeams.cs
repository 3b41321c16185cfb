using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Fragments;
using SecretsFirewall.Inspection.Redaction;

namespace SecretsFirewall.Inspection.WebSockets;

/// <summary>
/// Finds secrets that the messages of one direction hold in pieces: the bytes of neighbouring messages as one text, and the strings of neighbouring JSON messages
/// as <see cref="FragmentSearch"/> reads them. What stands in one message alone is no business of this class. The first piece has left when the last one
/// shows what they are, so nothing can be replaced: the last one must not follow.
/// <code>
///   … message │ message │ message      one text: the last bytes that have left, and the first ones of the next
///   {"a":"x9f"} {"a":"K2x7"}           strings:  some whole messages that have left, and the first bytes of the next
/// </code>
/// </summary>
public sealed class MessageSeams : IDisposable
{
    // A private key or a certificate is longer; in pieces it is found where its pieces are few.
    private const int MostTail = 4 * 1024;

    // Strings are told by their quotes, so these are whole messages. Longer ones carry media.
    private const int MostJson = 8 * 1024;

    private readonly DetectionSnapshot _snapshot;
    private readonly Func<Detection.Detection, bool> _counts;
    private readonly HeldBytes _tail = new();
    private readonly HeldBytes _json = new();
    private readonly Queue<int> _jsonLengths = new();
    private readonly List<Detection.Detection> _found = [];
    private readonly int _tailLength;

    /// <param name="counts">True for findings that would matter.</param>
    public MessageSeams(DetectionSnapshot snapshot, Func<Detection.Detection, bool> counts)
    {
        _snapshot = snapshot;
        _counts = counts;
        _tailLength = Math.Min(MostTail, snapshot.LongestForm + snapshot.Context);
    }

    /// <summary>The first secret that begins in messages before and goes on in this one.</summary>
    /// <param name="message">As it would leave.</param>
    public Detection.Detection? Find(ReadOnlySpan<byte> message, bool isJson) => AcrossText(message) ?? (isJson ? AcrossStrings(message) : null);

    /// <summary>The message leaves.</summary>
    public void Add(ReadOnlySpan<byte> message, bool isJson)
    {
        _tail.Append(message[Math.Max(0, message.Length - _tailLength)..]);
        _tail.Drop(Math.Max(0, _tail.Length - _tailLength));
        if (isJson)
        {
            AddJson(message);
        }
    }

    public void Dispose()
    {
        _tail.Dispose();
        _json.Dispose();
        _jsonLengths.Clear();
    }

    private void AddJson(ReadOnlySpan<byte> message)
    {
        while (_jsonLengths.Count > 0 && (_json.Length + message.Length + 1 > MostJson))
        {
            _json.Drop(_jsonLengths.Dequeue());
        }

        if (message.Length < MostJson)
        {
            _json.Append(message);
            _json.Append(","u8);
            _jsonLengths.Enqueue(message.Length + 1);
        }
    }

    private Detection.Detection? AcrossText(ReadOnlySpan<byte> message)
    {
        if (_tail.Length == 0)
        {
            return null;
        }

        using var joined = new HeldBytes();
        joined.Append(_tail.Bytes);
        joined.Append(message[..Math.Min(message.Length, _tailLength)]);
        _snapshot.Find(joined.Bytes, _found);
        foreach (var one in _found)
        {
            if (one.Start < _tail.Length && one.End > _tail.Length && _counts(one))
            {
                return one with { Start = 0 };
            }
        }

        return null;
    }

    private Detection.Detection? AcrossStrings(ReadOnlySpan<byte> message)
    {
        if (_json.Length == 0)
        {
            return null;
        }

        using var joined = new HeldBytes();
        joined.Append(_json.Bytes);
        joined.Append(message[..Math.Min(message.Length, MostJson)]);

        // What stands whole in one of the messages has been dealt with, and so has what those before spell together.
        _snapshot.Find(joined.Bytes, _found);
        return FragmentSearch.Find(joined.Bytes, _snapshot, _found, _counts) is { } one && one.Start < _json.Length ? one with { Start = 0 } : null;
    }
}
