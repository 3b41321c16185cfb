using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>What a run may be: base64 as a whole; or base32 of one case, or hex, in those of its parts that have no other characters.</summary>
internal sealed class RunAlphabet
{
    private readonly SearchValues<byte>? _characters;

    private RunAlphabet(RunCodec codec, string? characters)
    {
        Codec = codec;
        _characters = characters is null ? null : SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(characters));
    }

    public static IReadOnlyList<RunAlphabet> All { get; } =
    [
        new(RunCodec.Base64, null),
        new(RunCodec.Hex, "0123456789ABCDEFabcdef"),
        new(RunCodec.Base32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        new(RunCodec.Base32, "abcdefghijklmnopqrstuvwxyz234567") { IsOfWords = true },
    ];

    public RunCodec Codec { get; }

    /// <summary>True if any word in lower case is spelled in it.</summary>
    public bool IsOfWords { get; private init; }

    /// <summary>The next part of at least <see cref="RunText.MinLine"/> characters, from <paramref name="from"/> on.</summary>
    public bool TryFindNext(ReadOnlySpan<byte> run, int from, out int start, out int end)
    {
        (start, end) = (from, run.Length);
        if (_characters is null)
        {
            return start < end;
        }

        while (start <= run.Length - RunText.MinLine)
        {
            var stop = run.Slice(start, RunText.MinLine).LastIndexOfAnyExcept(_characters);
            if (stop < 0)
            {
                var length = run[start..].IndexOfAnyExcept(_characters);
                end = length < 0 ? run.Length : start + length;
                return true;
            }

            start += stop + 1;
        }

        return false;
    }

    /// <summary>Where the part begins that reaches the end of the run.</summary>
    public int StartOfLast(ReadOnlySpan<byte> run) => _characters is null ? 0 : run.LastIndexOfAnyExcept(_characters) + 1;
}
