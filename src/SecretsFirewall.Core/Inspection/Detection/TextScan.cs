namespace SecretsFirewall.Inspection.Detection;

/// <summary>One search through a text, and what it has come upon so far.</summary>
internal ref struct TextScan(ReadOnlySpan<byte> text, int from, bool isLast, List<Detection> into, WorkBudget? budget)
{
    public ReadOnlySpan<byte> Text { get; } = text;

    /// <summary>What begins before it is settled already; it is read only for what it says about the rest.</summary>
    public int From { get; } = from;

    /// <summary>False if more bytes may come.</summary>
    public bool IsLast { get; } = isLast;

    public List<Detection> Into { get; } = into;

    /// <summary>What the body that the text belongs to may still cost. Null for a decoded view: how much is decoded is bounded by itself.</summary>
    public WorkBudget? Budget { get; } = budget?.GrantFor(text);

    /// <summary>The first byte of what more bytes could still make, lengthen or unmake; the text's length if there is nothing.</summary>
    public int Open { get; private set; } = text.Length;

    public void OpenAt(int position) => Open = IsLast ? Open : Math.Min(Open, Math.Max(From, position));
}
