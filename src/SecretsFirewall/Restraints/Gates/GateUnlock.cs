using SecretsFirewall.Model;

namespace SecretsFirewall.Restraints.Gates;

/// <summary>What of an agent's external communication is unlocked. One of <paramref name="Destination"/> and <paramref name="Tool"/> is set.</summary>
/// <param name="Agent">Its name.</param>
/// <param name="Destination">One scheme, host and port.</param>
/// <param name="Tool">The name of a tool, as calls have it; the case does not matter.</param>
internal readonly record struct GateTarget(string Agent, Destination? Destination, string? Tool)
{
    /// <summary>As an operator writes it.</summary>
    public string What => Destination?.ToString() ?? $"tool {Tool}";
}

/// <summary>One opening of the gate. It ends by itself: whoever asks compares <paramref name="Until"/> with the clock.</summary>
/// <param name="Reason">The operator's own text.</param>
/// <param name="By">Who unlocked it.</param>
internal sealed record GateUnlock(GateTarget Target, DateTimeOffset Until, string Reason, string By, DateTimeOffset UnlockedAt);

/// <summary>The port through which openings are remembered. False or null means that it could not, and that nothing was changed. One caller at a time.</summary>
internal interface IGateStore
{
    IReadOnlyList<GateUnlock>? Load();

    /// <summary>Also in place of one for the same target.</summary>
    bool Save(GateUnlock unlock);

    bool Delete(GateTarget target);
}
