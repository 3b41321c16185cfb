namespace SecretsFirewall.Commands.Walking;

/// <summary>
/// A word of a command as it is known before the command runs. <see cref="Gap"/> in its text stands for what nobody knows, of any
/// length. (No word of a real command holds that character; a line that does is refused.) Patterns of the shell stand as they are written.
/// </summary>
/// <param name="IsDownload">The unknown part comes from the network.</param>
internal readonly record struct Argument(string Text, bool IsDownload = false)
{
    public const char Gap = '\0';

    public static readonly Argument Unknown = new("\0");

    public bool IsLiteral => !Text.Contains(Gap, StringComparison.Ordinal);

    public bool IsOption => Text.Length > 1 && Text[0] == '-';

    public override string ToString() => Text;
}
