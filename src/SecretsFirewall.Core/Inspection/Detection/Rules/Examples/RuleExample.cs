namespace SecretsFirewall.Inspection.Detection.Rules.Examples;

/// <summary>A text that a rule must or must not find something in, made from a template with a made-up secret.</summary>
/// <param name="Start">Where the secret stands in <paramref name="Text"/>; -1 if the text holds none.</param>
public sealed record RuleExample(string Template, ReadOnlyMemory<byte> Text, int Start, int Length, bool MustMatch)
{
    /// <summary>The template: made-up secrets look like real ones.</summary>
    public override string ToString() => Template;
}
