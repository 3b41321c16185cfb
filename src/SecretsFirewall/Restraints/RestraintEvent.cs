namespace SecretsFirewall.Restraints;

/// <summary>Something that a person, a signal or a canary changed about what agents may do, for the audit: who did it, to what, and why.</summary>
/// <param name="Word">What happened: <c>killed</c>, <c>unkilled</c>, <c>gate_unlocked</c> or <c>gate_locked</c>.</param>
/// <param name="Rule">Which restraint: <c>kill.agent</c>, <c>gate</c>.</param>
/// <param name="Detail">One sentence with who and why. The reason in it is the operator's own text.</param>
internal sealed record RestraintEvent(string Word, string Rule, string Detail)
{
    public string? Agent { get; init; }

    public string? Session { get; init; }

    /// <summary>A normalised host name.</summary>
    public string? Host { get; init; }

    public string? Tool { get; init; }
}

/// <summary>Records an event. False where it could not: then nothing is loosened.</summary>
internal delegate bool RestraintRecorder(RestraintEvent change);
