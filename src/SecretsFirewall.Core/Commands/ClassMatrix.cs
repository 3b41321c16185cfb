namespace SecretsFirewall.Commands;

/// <summary>What the matrix and the external gate say of a command. The strictest has the smallest value.</summary>
public enum ClassAnswer
{
    /// <summary>A person with the role admin decides.</summary>
    PendingAdmin = 0,

    /// <summary>A person decides.</summary>
    Pending = 1,

    Allow = 2,
}

/// <summary>
/// Class × level × external gate, as a pure function. The flag <em>external</em> adds a second column to the one of the class, and the
/// gate is asked besides, at every level: the strictest of the three wins. A locked gate leaves the decision to a person.
/// </summary>
public static class ClassMatrix
{
    public const int MinLevel = 1;
    public const int MaxLevel = 3;

    /// <param name="level">The agent's level; one that does not exist is as the lowest.</param>
    /// <param name="isGateOpen">Somebody unlocked the gate for this agent and destination or tool, and that has not expired.</param>
    public static ClassAnswer Decide(CommandClass commandClass, bool isExternal, int level, bool isGateOpen)
    {
        var answer = OfClass(commandClass, level);
        return isExternal ? Strictest(answer, Strictest(OfExternal(level), isGateOpen ? ClassAnswer.Allow : ClassAnswer.Pending)) : answer;
    }

    private static ClassAnswer OfClass(CommandClass commandClass, int level) => (commandClass, level) switch
    {
        (CommandClass.Green, _) => ClassAnswer.Allow,
        (CommandClass.Yellow, 2 or 3) => ClassAnswer.Allow,
        (CommandClass.Yellow, _) => ClassAnswer.Pending,
        (CommandClass.Red, 3) => ClassAnswer.Allow,
        (CommandClass.Red, _) => ClassAnswer.Pending,
        _ => ClassAnswer.PendingAdmin,
    };

    private static ClassAnswer OfExternal(int level) => level == MaxLevel ? ClassAnswer.Allow : ClassAnswer.Pending;

    private static ClassAnswer Strictest(ClassAnswer a, ClassAnswer b) => a < b ? a : b;
}
