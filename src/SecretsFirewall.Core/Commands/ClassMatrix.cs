namespace SecretsFirewall.Commands;

/// <summary>What the matrix and the external gate say of an action. The strictest has the smallest value, and the zero value refuses.</summary>
public enum ClassAnswer
{
    /// <summary>Nobody can say yes.</summary>
    Deny = 0,

    /// <summary>A person with the role admin decides.</summary>
    PendingAdmin,

    /// <summary>A person decides.</summary>
    Pending,

    Allow,
}

/// <summary>What one level says of each class. What is not said is as in the design.</summary>
public sealed record ClassRow(ClassAnswer Green, ClassAnswer Yellow, ClassAnswer External, ClassAnswer Red, ClassAnswer CriticalRed)
{
    public ClassAnswer Of(CommandClass commandClass) => commandClass switch
    {
        CommandClass.Green => Green,
        CommandClass.Yellow => Yellow,
        CommandClass.Red => Red,
        _ => CriticalRed,
    };
}

/// <summary>
/// Class × level × external gate, as a pure function. The flag <em>external</em> adds a second column to the one of the class, and the
/// gate is asked besides, at every level: the strictest of the three wins. A locked gate leaves the decision to a person.
/// </summary>
public sealed class ClassMatrix(ClassRow level1, ClassRow level2, ClassRow level3)
{
    public const int MinLevel = 1;
    public const int MaxLevel = 3;

    /// <summary>DESIGN.md section 7.</summary>
    public static ClassMatrix Default { get; } = new(
        new(ClassAnswer.Allow, ClassAnswer.Pending, ClassAnswer.Pending, ClassAnswer.Pending, ClassAnswer.PendingAdmin),
        new(ClassAnswer.Allow, ClassAnswer.Allow, ClassAnswer.Pending, ClassAnswer.Pending, ClassAnswer.PendingAdmin),
        new(ClassAnswer.Allow, ClassAnswer.Allow, ClassAnswer.Allow, ClassAnswer.Allow, ClassAnswer.PendingAdmin));

    /// <param name="level">One that does not exist is as the lowest.</param>
    public ClassRow Row(int level) => level switch
    {
        MaxLevel => level3,
        2 => level2,
        _ => level1,
    };

    /// <param name="level">The agent's level; one that does not exist is as the lowest.</param>
    /// <param name="isGateOpen">Somebody unlocked the gate for this agent and destination or tool, and that has not expired.</param>
    public ClassAnswer Decide(CommandClass commandClass, bool isExternal, int level, bool isGateOpen)
    {
        var row = Row(level);
        var answer = row.Of(commandClass);
        return isExternal ? Strictest(answer, Strictest(row.External, isGateOpen ? ClassAnswer.Allow : ClassAnswer.Pending)) : answer;
    }

    private static ClassAnswer Strictest(ClassAnswer a, ClassAnswer b) => a < b ? a : b;
}
