using System.Text;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>One part of a head inside a <see cref="HeadText"/>: the target (no name), or one value of one field.</summary>
/// <param name="Name">The field's name, or empty for the target.</param>
/// <param name="Index">Which of the field's values.</param>
/// <param name="Start">Where the part begins, its name included.</param>
/// <param name="ValueStart">Where its value begins.</param>
internal readonly record struct HeadPart(string Name, int Index, int Start, int ValueStart, int End);

/// <summary>
/// A message's head as one text, so that one scan covers it: the target, then <c>name: value</c> lines. Line feeds separate the parts and
/// stand in none of them. Latin-1, which gives back the very bytes that were on the wire.
/// </summary>
internal sealed class HeadText : IDisposable
{
    private readonly List<HeadPart> _parts = new(24);
    private byte[] _buffer = TrafficBuffers.Rent(4096);
    private int _length;

    private HeadText()
    {
    }

    public ReadOnlySpan<byte> Text => _buffer.AsSpan(0, _length);

    public static HeadText Of(string target, IHeaderDictionary headers)
    {
        var head = new HeadText();
        head.Add("", 0, target);
        foreach (var (name, values) in headers)
        {
            for (var i = 0; i < values.Count; i++)
            {
                head.Add(name, i, values[i] ?? "");
            }
        }

        return head;
    }

    /// <summary>The part that an offset into <see cref="Text"/> lies in.</summary>
    public HeadPart PartAt(int offset)
    {
        var low = 0;
        var high = _parts.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _parts[middle].Start <= offset ? (middle, high) : (low, middle - 1);
        }

        return _parts[low];
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            TrafficBuffers.Return(_buffer);
            _buffer = [];
        }
    }

    private void Add(string name, int index, string value)
    {
        Ensure(name.Length + value.Length + 3);
        var start = _length;
        if (name.Length > 0)
        {
            Append(name);
            Append(": ");
        }

        var valueStart = _length;
        Append(value);
        _parts.Add(new HeadPart(name, index, start, valueStart, _length));
        _buffer[_length++] = (byte)'\n';
    }

    private void Append(string text) => _length += Encoding.Latin1.GetBytes(text, _buffer.AsSpan(_length));

    private void Ensure(int space)
    {
        if (_buffer.Length - _length >= space)
        {
            return;
        }

        var grown = TrafficBuffers.Rent((_length + space) * 2);
        Text.CopyTo(grown);
        TrafficBuffers.Return(_buffer);
        _buffer = grown;
    }
}
