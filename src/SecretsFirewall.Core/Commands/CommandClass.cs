namespace SecretsFirewall.Commands;

/// <summary>
/// What running a command can do, from worst to least: of two classes the smaller one is worse, and the zero value is the worst.
/// That something leaves toward people or the public is no class of its own but a flag that any class can carry (external).
/// </summary>
public enum CommandClass
{
    /// <summary>Cannot be undone, or reaches the whole machine, account or history: a person with the role admin decides, at every level.</summary>
    CriticalRed = 0,

    /// <summary>Dangerous, or what it does is not known before it runs.</summary>
    Red = 1,

    /// <summary>Changes the project or runs its code: the ordinary work of an agent.</summary>
    Yellow = 2,

    /// <summary>Only looks.</summary>
    Green = 3,
}
