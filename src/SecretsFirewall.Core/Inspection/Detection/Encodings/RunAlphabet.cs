using System.Buffers;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>What a run may be: base64 as a whole; or base32 of one case, or hex, in those of its parts that have no other characters.</summary>
internal sealed class RunAlphabet
{
    private static readonly RunAlphabet[] Alphabets =
    [
        new(RunCodec.Base64, null, static (_, from) => from),
        new(RunCodec.Hex, "0123456789ABCDEFabcdef", LongRuns.Next<RunCharacters.Hex>),
        new(RunCodec.Base32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", LongRuns.Next<RunCharacters.Base32Upper>),
        new(RunCodec.Base32, "abcdefghijklmnopqrstuvwxyz234567", LongRuns.Next<RunCharacters.Base32Lower>) { IsOfWords = true },
    ];

    private readonly SearchValues<byte>? _characters;
    private readonly NextPart _nextPart;

    private RunAlphabet(RunCodec codec, string? characters, NextPart nextPart)
    {
        (Codec, _nextPart) = (codec, nextPart);
        _characters = characters is null ? null : SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(characters));
    }

    private delegate int NextPart(ReadOnlySpan<byte> run, int from);

    public static ReadOnlySpan<RunAlphabet> All => Alphabets;

    public RunCodec Codec { get; }

    /// <summary>True if any word in lower case is spelled in it.</summary>
    public bool IsOfWords { get; private init; }

    /// <summary>The next part of at least <see cref="RunText.MinLine"/> characters, from <paramref name="from"/> on.</summary>
    public bool TryFindNext(ReadOnlySpan<byte> run, int from, out int start, out int end)
    {
        (start, end) = (_nextPart(run, from), run.Length);
        if (_characters is null)
        {
            return start < end;
        }

        if (start < 0)
        {
            return false;
        }

        var length = run[start..].IndexOfAnyExcept(_characters);
        end = length < 0 ? run.Length : start + length;
        return true;
    }

    /// <summary>Where the part begins that reaches the end of the run.</summary>
    public int StartOfLast(ReadOnlySpan<byte> run) => _characters is null ? 0 : run.LastIndexOfAnyExcept(_characters) + 1;
}
