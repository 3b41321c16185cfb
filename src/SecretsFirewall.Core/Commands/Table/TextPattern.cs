using SecretsFirewall.Commands.Walking;

namespace SecretsFirewall.Commands.Table;

/// <summary>
/// A pattern with <c>*</c> for any text, and <c>[*]</c> for a star, matched against texts that may have gaps and patterns of the shell:
/// then the question is whether one text fits both. Its states are the bits of a word, so the time is linear in the text.
/// </summary>
internal sealed class TextPattern
{
    /// <summary>One state more than characters must go into a word.</summary>
    public const int MaxLength = 60;

    private const char Any = '\u0001';

    private readonly string _pattern;

    public TextPattern(string pattern)
    {
        _pattern = pattern.Replace("[*]", "\u0002", StringComparison.Ordinal)
            .Replace('*', Any)
            .Replace('\u0002', '*')
            .ToLowerInvariant();
    }

    /// <param name="text">In lower case.</param>
    public Fit Match(string text)
    {
        if (text.Length > CommandLimits.MaxPath)
        {
            return Fit.No;
        }

        if (Run(text, isShellPattern: false, hasGaps: false))
        {
            return Fit.Yes;
        }

        var hasGaps = text.Contains(Argument.Gap, StringComparison.Ordinal);
        var isShellPattern = IsTellingPattern(text);
        return isShellPattern && Run(text, isShellPattern, hasGaps: false) ? Fit.Yes
            : hasGaps && Run(text, isShellPattern, hasGaps) ? Fit.Maybe
            : Fit.No;
    }

    /// <summary>Also if gaps and patterns in the text become something else than hoped: for what makes a text harmless.</summary>
    public bool MatchesWhateverIsMissing(string text) => text.Length <= CommandLimits.MaxPath && Run(text, isShellPattern: false, hasGaps: false);

    // `*` alone fits every file there is; to ask of it would refuse everything. A pattern with some letters in its last part says what it wants.
    private static bool IsTellingPattern(string text)
    {
        if (!text.AsSpan().ContainsAny('*', '?', '['))
        {
            return false;
        }

        var last = text.AsSpan(text.LastIndexOf('/') + 1);
        return !last.ContainsAny('*', '?', '[') || last.Length - last.Count('*') - last.Count('?') >= 2;
    }

    private bool Run(string text, bool isShellPattern, bool hasGaps)
    {
        var states = Close(1UL);
        for (var i = 0; i < text.Length && states != 0; i++)
        {
            var character = text[i];
            if (hasGaps && character == Argument.Gap)
            {
                states = Close(ulong.MaxValue << System.Numerics.BitOperations.TrailingZeroCount(states));
            }
            else if (isShellPattern && character == '*')
            {
                states = StepOverAny(states, isStart: i == 0 || text[i - 1] == '/');
            }
            else if (isShellPattern && character is '?' or '[')
            {
                if (character == '[' && text.IndexOf(']', i) is var close and > 0)
                {
                    i = close;
                }

                states = Step(states, '\0', isAnyCharacter: true);
            }
            else
            {
                states = Step(states, character, isAnyCharacter: false);
            }
        }

        return (states >> _pattern.Length & 1) == 1;
    }

    private ulong Step(ulong states, char character, bool isAnyCharacter)
    {
        ulong next = 0;
        for (var i = 0; i < _pattern.Length; i++)
        {
            if ((states >> i & 1) == 0)
            {
                continue;
            }

            if (_pattern[i] == Any)
            {
                next |= 1UL << i;
            }
            else if (_pattern[i] == character || (isAnyCharacter && _pattern[i] != '/'))
            {
                next |= 1UL << (i + 1);
            }
        }

        return Close(next);
    }

    // What the shell's star can become: no slash, and no dot where a name begins.
    private ulong StepOverAny(ulong states, bool isStart)
    {
        var reached = states;
        for (var i = 0; i < _pattern.Length; i++)
        {
            if ((reached >> i & 1) == 1 && _pattern[i] != '/' && !(isStart && _pattern[i] == '.' && (i == 0 || _pattern[i - 1] is '/' or Any)))
            {
                reached |= 1UL << (i + 1);
            }
        }

        return Close(reached);
    }

    // A star of ours may be nothing.
    private ulong Close(ulong states)
    {
        for (var i = 0; i < _pattern.Length; i++)
        {
            if (_pattern[i] == Any && (states >> i & 1) == 1)
            {
                states |= 1UL << (i + 1);
            }
        }

        return states & ((2UL << _pattern.Length) - 1);
    }
}
