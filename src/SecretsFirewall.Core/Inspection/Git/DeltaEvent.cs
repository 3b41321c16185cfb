namespace SecretsFirewall.Inspection.Git;

/// <summary>What <see cref="DeltaReader.Next"/> came to.</summary>
internal enum DeltaEvent
{
    Malformed = 0,
    NeedInput,

    /// <summary>The sizes of base and result are known.</summary>
    Sizes,

    /// <summary>A stretch of the base goes here.</summary>
    Copy,

    /// <summary>Bytes of the delta's own go here.</summary>
    Insert,
}
