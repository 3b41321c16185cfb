using System.Globalization;

namespace SecretsFirewall.Restraints.Gates;

/// <summary>Why the gate was not unlocked or locked.</summary>
internal enum GateError
{
    None = 0,
    TargetInvalid,
    ReasonMissing,
    ReasonInvalid,
    EndInvalid,
    NotOpen,
    NotRecorded,
    StoreUnavailable,
}

internal static class GateErrors
{
    public static string Sentence(this GateError error) => error switch
    {
        GateError.None => "Done.",
        GateError.TargetInvalid => "Say a destination, such as mail.example.com or http://mail.example.com:8080, or --tool NAME.",
        GateError.ReasonMissing => "Say why, with --reason: it stands in the audit.",
        GateError.ReasonInvalid => $"A reason is one line of {OperatorText.MostCharacters} characters at most.",
        GateError.EndInvalid => string.Create(CultureInfo.InvariantCulture, $"The gate opens for a time: until a moment to come, {CommsGate.Longest.TotalDays} days from now at most."),
        GateError.NotOpen => "This is locked already. What is open: sfw gate list",
        GateError.NotRecorded => "The audit log cannot be written, so nothing is unlocked.",
        GateError.StoreUnavailable => "The store cannot be written, so nothing was changed.",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
