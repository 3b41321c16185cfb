using SecretsFirewall.Model;

namespace SecretsFirewall.Inspection.Detection;

/// <summary>
/// How often rules may still be asked about one body. Ordinary text asks a few thousand times a megabyte, a file of nothing but names and values a
/// hundred thousand; whoever repeats the names of secrets without end asks in vain, and is refused: what was not read to its end does not pass.
/// One for each body and direction.
/// </summary>
internal sealed class WorkBudget
{
    /// <summary>The id of the rule under which a stretch that was not read is reported.</summary>
    public const string Rule = "work_budget";

    // Enough for every message of ordinary size, whatever it holds.
    private const long Free = 64 * 1024;

    // Beyond that, once for so many bytes.
    private const int BytesPerAsk = 4;

    private long _left = Free * BytesPerAsk;

    /// <summary>Before each search. What waits in a stream is searched more than once, and granted as often.</summary>
    public WorkBudget GrantFor(ReadOnlySpan<byte> text)
    {
        _left += text.Length;
        return this;
    }

    /// <summary>False once too often was asked, and ever after.</summary>
    public bool TrySpend(int asks = 1) => (_left -= asks * BytesPerAsk) >= 0;

    /// <summary>What is reported instead of what was not looked for.</summary>
    public static Detection Exceeded(int at) => new(at, 1, FindingKind.Unread, Rule, default, ValueForm.Plain, 0);
}
