namespace SecretsFirewall.Inspection.Git;

/// <summary>What an entry of a pack is (gitformat-pack).</summary>
internal enum PackObjectType
{
    None = 0,
    Commit = 1,
    Tree = 2,
    Blob = 3,
    Tag = 4,

    /// <summary>Against an object so many bytes before it in the pack.</summary>
    OffsetDelta = 6,

    /// <summary>Against an object by its name, in the pack or at the other side.</summary>
    ReferenceDelta = 7,
}
