namespace SecretsFirewall.Tests.Corpus;

/// <summary>A text of the corpus, and where the secret stands in it.</summary>
/// <param name="Name">Format, context and carrier: enough to find it, without its value.</param>
/// <param name="Start">-1 if it holds no secret.</param>
internal sealed record CorpusText(string Family, string Name, byte[] Text, int Start, int Length)
{
    public bool IsSecret => Start >= 0;

    /// <summary>The name: made-up secrets look like real ones.</summary>
    public override string ToString() => $"{Family}: {Name}";
}
