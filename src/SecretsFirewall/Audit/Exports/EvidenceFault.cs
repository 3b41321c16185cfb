namespace SecretsFirewall.Audit.Exports;

/// <summary>Why an export is not what was exported.</summary>
internal enum EvidenceFault
{
    None = 0,

    /// <summary>It is no archive, or a damaged one.</summary>
    Unreadable,

    /// <summary>The manifest is not there, or is none.</summary>
    BadManifest,

    /// <summary>Nobody has signed the manifest.</summary>
    Unsigned,

    /// <summary>The manifest's signature does not fit.</summary>
    BadSignature,

    /// <summary>The manifest is signed by a key that is not trusted, and that no trusted one vouches for.</summary>
    UnknownKey,

    /// <summary>A name that leads elsewhere.</summary>
    BadPath,

    /// <summary>An entry that is no plain file.</summary>
    BadEntry,

    /// <summary>A file that the manifest does not list, or lists once and is there twice.</summary>
    Extra,

    /// <summary>A file that the manifest lists is not there.</summary>
    Missing,

    /// <summary>A file is not what the manifest says.</summary>
    Edited,

    /// <summary>The log in it does not hold.</summary>
    BrokenChain,

    /// <summary>The manifest says something else of the log than what stands in it.</summary>
    WrongSummary,

    /// <summary>A policy is not the one that the records name.</summary>
    WrongPolicy,
}

internal static class EvidenceFaults
{
    public static string Word(this EvidenceFault fault) => fault switch
    {
        EvidenceFault.None => "none",
        EvidenceFault.Unreadable => "unreadable",
        EvidenceFault.BadManifest => "bad_manifest",
        EvidenceFault.Unsigned => "unsigned",
        EvidenceFault.BadSignature => "bad_signature",
        EvidenceFault.UnknownKey => "unknown_key",
        EvidenceFault.BadPath => "bad_path",
        EvidenceFault.BadEntry => "bad_entry",
        EvidenceFault.Extra => "extra",
        EvidenceFault.Missing => "missing",
        EvidenceFault.Edited => "edited",
        EvidenceFault.BrokenChain => "broken_chain",
        EvidenceFault.WrongSummary => "wrong_summary",
        EvidenceFault.WrongPolicy => "wrong_policy",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}

/// <summary>What a check of an export found.</summary>
/// <param name="Where">A path in the archive; empty for the whole.</param>
internal sealed record EvidenceResult(EvidenceFault Fault, string Where, string Detail, EvidenceManifest? Manifest = null, AuditVerification? Chain = null)
{
    public bool Holds => Fault == EvidenceFault.None;
}
