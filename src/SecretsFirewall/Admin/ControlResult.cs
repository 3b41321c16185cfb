namespace SecretsFirewall.Admin;

/// <summary>Why an operation was not done. The zero value is ours to explain.</summary>
internal enum ControlFailureKind
{
    /// <summary>The process could not do it: a disk, a store, a port.</summary>
    Unavailable = 0,

    /// <summary>It may not be done as asked: a rule says why.</summary>
    Refused,

    /// <summary>The operation or its request is not what this version understands.</summary>
    Malformed,

    /// <summary>Something must come before it that is on its way.</summary>
    NotYet,
}

/// <summary>One sentence for the operator; it never holds a value.</summary>
internal sealed record ControlFailure(ControlFailureKind Kind, string Message);

/// <summary>What an operation answers: a value, or why there is none.</summary>
internal readonly record struct ControlResult<T>(T? Value, ControlFailure? Failure)
{
    public static implicit operator ControlResult<T>(T value) => new(value, null);

    public static implicit operator ControlResult<T>(ControlFailure failure) => new(default, failure);
}
