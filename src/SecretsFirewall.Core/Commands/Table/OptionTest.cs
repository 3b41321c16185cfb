namespace SecretsFirewall.Commands.Table;

/// <summary>One option in its spellings, with a value or without: <c>-X=DELETE|--request=DELETE</c>.</summary>
internal sealed class OptionTest
{
    private readonly (string Name, TextPattern? Value)[] _spellings;

    public OptionTest(string text)
    {
        _spellings =
        [
            .. text.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(spelling =>
                spelling.IndexOf('=', StringComparison.Ordinal) is var at and > 0
                    ? (spelling[..at], new TextPattern(spelling[(at + 1)..]))
                    : (spelling, (TextPattern?)null)),
        ];
    }

    /// <param name="isExact">No abbreviations: for options that make a command harmless.</param>
    public Fit Match(CommandArguments arguments, bool isExact)
    {
        var best = arguments.MayHoldMoreOptions ? Fit.Maybe : Fit.No;
        foreach (var option in arguments.Options)
        {
            foreach (var (name, value) in _spellings)
            {
                if (Names(option, name, isExact, arguments.IsCmdlet) && Value(option, name, value, isExact) is var fit && fit > best)
                {
                    best = fit;
                }
            }
        }

        return best;
    }

    private static bool Names(CommandOption option, string name, bool isExact, bool isCmdlet)
    {
        var written = option.Name;
        if (isCmdlet || name[0] == '/')
        {
            // A cmdlet takes any beginning of a parameter's name.
            return isExact ? written.Equals(name, StringComparison.OrdinalIgnoreCase) : written.Length > 1 && name.StartsWith(written, StringComparison.OrdinalIgnoreCase);
        }

        if (written.Equals(name, StringComparison.Ordinal) || (name.Length > 2 && name[1] != '-' && written.AsSpan().TrimStart('-').SequenceEqual(name.AsSpan(1))))
        {
            return true;
        }

        return name.StartsWith("--", StringComparison.Ordinal)
            ? !isExact && written.Length >= 4 && written.StartsWith("--", StringComparison.Ordinal) && name.StartsWith(written, StringComparison.Ordinal) // as getopt_long does
            : name.Length == 2 && option.IsCluster && written.Contains(name[1], StringComparison.Ordinal);
    }

    private static Fit Value(CommandOption option, string name, TextPattern? wanted, bool isExact)
    {
        if (wanted is null)
        {
            return Fit.Yes;
        }

        var fit = Fit.No;
        // -XDELETE: the value stands behind the letter.
        if (name.Length == 2 && option.Name.Length > 2 && option.Name[1] == name[1])
        {
            fit = wanted.Match(option.Name[2..].ToLowerInvariant());
        }

        if (option.Value is { } value && wanted.Match(value.ToLowerInvariant()) is var other && other > fit)
        {
            fit = other;
        }

        return isExact && fit == Fit.Maybe ? Fit.No : fit;
    }
}
