namespace SecretsFirewall.Policy.Bundles;

/// <summary>Why a bundle is not taken: one sentence for the operator, and the lines that are wrong where it is about them.</summary>
internal sealed record BundleRefusal(BundleFault Fault, string Sentence, IReadOnlyList<PolicyError> Errors)
{
    public BundleRefusal(BundleFault fault, string sentence)
        : this(fault, sentence, [])
    {
    }

    /// <summary>The sentence, and each error on a line of its own.</summary>
    public override string ToString() => string.Join('\n', Errors.Select(error => error.ToString()).Prepend($"{Fault.Word()}: {Sentence}"));
}
