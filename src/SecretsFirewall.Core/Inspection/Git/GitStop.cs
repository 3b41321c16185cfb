namespace SecretsFirewall.Inspection.Git;

/// <summary>Why no more of git's bytes may pass.</summary>
public enum GitStop
{
    /// <summary>Not what git writes, or a pack that cannot be read.</summary>
    Malformed = 0,

    /// <summary>A pack beyond <see cref="PackLimits"/>.</summary>
    TooLarge,

    /// <summary>A finding that must block.</summary>
    Finding,

    /// <summary>It goes on.</summary>
    None,
}
