using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Forms;

/// <summary>
/// The ways in which a value is canonically written: what an ordinary encoder makes of it. An alphanumeric value has six to nine,
/// one with quotes and line feeds a few dozen. Spellings that no ordinary encoder produces are not here (README, "Not caught yet").
/// </summary>
internal sealed class ValueForms : IDisposable
{
    /// <summary>What every JSON writer and every percent-encoder leaves alone.</summary>
    private static readonly SearchValues<byte> NeverEscaped =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"u8);

    private readonly Scratch _once = new();
    private readonly Scratch _twice = new();
    private readonly Scratch _thrice = new();

    public void AddAll(ReadOnlySpan<byte> value, FormArena arena)
    {
        arena.BeginSecret();
        arena.Add(value, ValueForm.Plain);
        if (value.ContainsAnyExcept(NeverEscaped))
        {
            AddJson(value, arena);
            AddPercent(value, arena);
        }

        for (var alignment = 0; alignment < 3; alignment++)
        {
            AddBase64(value, alignment, arena);
        }

        AddHex(value, arena);
    }

    public void Dispose()
    {
        _once.Dispose();
        _twice.Dispose();
        _thrice.Dispose();
    }

    /// <summary>
    /// Each writer's string; the string inside a string (tool arguments are JSON in JSON), by the same writer twice or with a minimal outer one;
    /// and a third level, minimal.
    /// </summary>
    private void AddJson(ReadOnlySpan<byte> value, FormArena arena)
    {
        foreach (var writer in JsonStringWriter.All)
        {
            if (!writer.TryWrite(value, _once))
            {
                continue;
            }

            arena.Add(_once.Written, ValueForm.JsonEscaped);
            foreach (var outer in (ReadOnlySpan<JsonStringWriter>)[writer, JsonStringWriter.Minimal])
            {
                if (!outer.TryWrite(_once.Written, _twice))
                {
                    continue;
                }

                arena.Add(_twice.Written, ValueForm.JsonEscaped);
                if (JsonStringWriter.Minimal.TryWrite(_twice.Written, _thrice))
                {
                    arena.Add(_thrice.Written, ValueForm.JsonEscaped);
                }
            }
        }
    }

    private void AddPercent(ReadOnlySpan<byte> value, FormArena arena)
    {
        foreach (var writer in PercentWriter.All)
        {
            writer.Write(value, _once);
            arena.Add(_once.Written, ValueForm.PercentEncoded);
        }
    }

    private void AddBase64(ReadOnlySpan<byte> value, int alignment, FormArena arena)
    {
        // Only the characters that depend on the value alone: whatever stands before and after it, they are the same.
        _once.Reset();
        _once.Take(alignment).Clear();
        _once.Append(value);
        var bits = _once.Written.Length * 8;
        var first = Base64Quads.LeadingCharacters(alignment);
        var last = bits / 6;

        _twice.Reset();
        var encoded = _twice.Take(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(_once.Written.Length));
        System.Buffers.Text.Base64.EncodeToUtf8(_once.Written, encoded, out _, out _);
        var form = encoded[first..last];
        arena.Add(form, ValueForm.Base64, alignment);

        form.Replace((byte)'+', (byte)'-');
        form.Replace((byte)'/', (byte)'_');
        arena.Add(form, ValueForm.Base64Url, alignment);
    }

    private void AddHex(ReadOnlySpan<byte> value, FormArena arena)
    {
        _once.Reset();
        var lower = _once.Take(value.Length * 2);
        Convert.TryToHexStringLower(value, lower, out _);
        arena.Add(lower, ValueForm.HexLower);
        _twice.Reset();
        var upper = _twice.Take(value.Length * 2);
        Convert.TryToHexString(value, upper, out _);
        arena.Add(upper, ValueForm.HexUpper);
    }
}
