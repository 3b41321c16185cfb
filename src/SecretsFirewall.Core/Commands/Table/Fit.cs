namespace SecretsFirewall.Commands.Table;

/// <summary>Whether something of an entry is true of a command. Of two conditions that both must hold the smaller one counts.</summary>
internal enum Fit
{
    No = 0,

    /// <summary>What is not known of the command may make it true.</summary>
    Maybe = 1,

    Yes = 2,
}
