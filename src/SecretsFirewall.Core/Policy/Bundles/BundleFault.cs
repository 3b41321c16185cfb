using System.Text.Json;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>Why a bundle or a root of trust is not taken. The zero value refuses as all others do.</summary>
internal enum BundleFault
{
    /// <summary>Not an envelope of ours, or not written in the one way that there is.</summary>
    Malformed = 0,
    TooLarge,
    Unsigned,
    UntrustedKey,
    KeyExpired,
    BadSignature,
    DuplicateSignature,
    BelowThreshold,
    NoTrustedKeys,
    NotYetValid,
    Expired,
    ClockWentBack,
    Older,

    /// <summary>A reset that leads from another bundle, or not so far back.</summary>
    OtherReset,

    /// <summary>The version that was accepted before, with other content: somebody signed two, or changed one.</summary>
    Tampered,
    WrongAudience,

    /// <summary>A bundle that was fetched, of another policy than the one in force.</summary>
    OtherName,
    EngineTooOld,
    FileListMismatch,
    BadPath,

    /// <summary>Signed as it should be, and what it says does not load: with file and line.</summary>
    BadPolicy,

    /// <summary>Ours: a file or the store could not be read or written.</summary>
    Unavailable,
}

internal static class BundleFaults
{
    /// <summary>The word for programs, such as <c>below_threshold</c>.</summary>
    public static string Word(this BundleFault fault) => JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.ToString());
}
