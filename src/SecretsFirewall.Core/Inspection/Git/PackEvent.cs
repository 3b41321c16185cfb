namespace SecretsFirewall.Inspection.Git;

/// <summary>What <see cref="PackReader.Next"/> came to.</summary>
internal enum PackEvent
{
    /// <summary>Not a pack, or not one that can be read.</summary>
    Malformed = 0,

    /// <summary>More objects or larger ones than <see cref="PackLimits"/> allows.</summary>
    TooLarge,

    /// <summary>All input is used up.</summary>
    NeedInput,
    ObjectStarted,

    /// <summary>A piece of the object's inflated bytes.</summary>
    Text,
    ObjectEnded,

    /// <summary>The pack is whole and its checksum right. What is left of the input does not belong to it.</summary>
    Ended,
}
