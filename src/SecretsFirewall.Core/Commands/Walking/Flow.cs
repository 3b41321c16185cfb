namespace SecretsFirewall.Commands.Walking;

/// <summary>What a command writes to its standard output, or reads from its standard input, as far as it is known before it runs.</summary>
/// <param name="Text">May have gaps, as in <see cref="Argument"/>; null: nothing is known.</param>
/// <param name="IsDownload">It, or part of it, comes from the network.</param>
internal readonly record struct Flow(string? Text, bool IsDownload = false)
{
    /// <summary>The standard input of a command that nothing is piped to.</summary>
    public static readonly Flow Nothing = new("");

    public static readonly Flow Unknown = new(null);

    public bool IsLiteral => Text is not null && !Text.Contains(Argument.Gap, StringComparison.Ordinal);

    public Flow Then(Flow next) => Text is null || next.Text is null || Text.Length + next.Text.Length > CommandLimits.MaxLength
        ? new Flow(null, IsDownload || next.IsDownload)
        : new Flow(Text + next.Text, IsDownload || next.IsDownload);

    /// <summary>As the value of <c>$( … )</c>: without the line ends behind it.</summary>
    public Argument ToArgument() => new(Text?.TrimEnd('\n') ?? "\0", IsDownload);
}
